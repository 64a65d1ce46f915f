"""libs/bits.h on the kernel's machine: no scan becomes a call of the compiler's library."""
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CROSS = "riscv64-unknown-elf-"
COMPILERS = {"gcc": [CROSS + "gcc"], "clang": ["clang", "--target=riscv64-unknown-elf"]}

SCANS = """
#include "bits.h"
unsigned scans(uint64_t x) { return bit_lowest(x) + bit_highest(x) + log2_ceil(x); }
"""


@pytest.mark.skipif(not shutil.which(CROSS + "nm"), reason="no cross compiler")
@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_word_is_scanned_without_calling_the_compilers_library(compiler, level, tmp_path):
    output = tmp_path / "scans.o"
    subprocess.run([*COMPILERS[compiler], "-march=rv64imac", "-mabi=lp64", "-ffreestanding", level,
                    f"-I{ROOT}/libs", "-xc", "-", "-c", "-o", output], input=SCANS, text=True,
                   check=True)
    undefined = subprocess.run([CROSS + "nm", "-u", output], text=True, check=True,
                               stdout=subprocess.PIPE).stdout.split()
    assert undefined == []
