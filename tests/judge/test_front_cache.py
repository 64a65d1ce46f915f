"""The judge on policies with a front cache before them: they keep what they kept without."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(ROOT / "tools"))
from policies import JUDGE, RULES, build_child, registry  # noqa: E402


@pytest.mark.parametrize("name, path", registry(), ids=[name for name, _ in registry()])
def test_every_policy_keeps_its_promises_with_a_front_cache(tmp_path, name, path):
    child = str(tmp_path / name)
    build_child(str(ROOT / path), child, strict=True, cached=True)
    rule = ["--rule", RULES[name]] if name in RULES else []
    done = subprocess.run([JUDGE, "--cache", "--house", *rule, "--seeds", "5", child],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=300)
    assert done.returncode == 0, done.stdout
    assert "limited" not in [line.split()[0] for line in done.stdout.splitlines()[:-2]], done.stdout


# One that takes pages from itself, in its check too; one that rounds and does not say so.
@pytest.mark.parametrize("file", ["interfaces/nested_calls_pmm.c", "right/power_pmm.c"],
                         ids=lambda file: os.path.basename(file)[:-2])
def test_a_file_from_outside_is_right_with_a_front_cache(file):
    done = subprocess.run([ROOT / "tools/judge", ROOT / "tests/dropin" / file, "--cache",
                           "--seeds", "5"], stdout=subprocess.PIPE, text=True, check=False,
                          timeout=300)
    assert done.returncode == 0, done.stdout
    assert ", with a front cache)" in done.stdout
    assert "\nright, with " in done.stdout
