"""gdb with tools/gdb.py, on a kernel that waits on a socket of its own."""

import pathlib
import re
import shutil
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(name="socket")
def make_socket(tmp_path):
    """A kernel under the buddy system, stopped before its first instruction."""
    path = tmp_path / "gdb"
    process = subprocess.Popen([ROOT / "tools/qemu", f"GDB={path}", "PMM=buddy_system", "RUN=off"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline and process.poll() is None
    yield path
    process.kill()
    process.wait()


@pytest.mark.skipif(shutil.which("gdb-multiarch") is None, reason="no gdb-multiarch")
def test_the_helpers_show_a_page_a_list_and_the_free_areas(socket):
    commands = ["set architecture riscv:rv64", f"target remote {socket}",
                f"source {ROOT}/tools/gdb.py", "hbreak monitor", "continue", "ppage 0x80400",
                "plist &buddy.free_area[10].free_list", "pfree",
                "set var ((struct pmm_manager *)pmm_manager)->caps = 2", "pfree", "kill"]
    done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch",
                           *(word for command in commands for word in ("-ex", command)),
                           ROOT / "build/kernel.elf"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert "monitor (run=" in done.stdout, done.stdout + done.stderr
    assert "0x80400" in done.stdout
    assert "buddy_system" in done.stdout
    assert re.search(r"\b31[89]\d\d\b", done.stdout), done.stdout
    assert "it keeps nothing in descriptors" in done.stderr, done.stderr
