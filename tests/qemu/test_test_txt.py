"""test.txt's first part: the buddy system's boot, its check and its lists, word for word."""

import os
import subprocess

import pytest

from boot import ROOT
from conftest import RESULTS_FOLLOW, pinned_compiler


ELSEWHERE = any(name.startswith("PAGELAB_") for name in os.environ)


@pytest.mark.skipif(ELSEWHERE or not pinned_compiler(),
                    reason="page numbers depend on the compiler and the firmware")
def test_test_txt_shows_the_buddy_system_as_it_boots_today():
    recorded = (ROOT / "test.txt").read_text().partition("\n" + RESULTS_FOLLOW)[0]
    done = subprocess.run([ROOT / "tools/test-txt", "boot"], capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.stdout == recorded
