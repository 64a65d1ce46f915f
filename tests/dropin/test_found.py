"""docs/found.md says what the judge says."""
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from found import BLOCK, FOUND, ROOT, answer  # noqa: E402

MOST_CALLS = 12
CALL = re.compile(r"^ +\d+  \S", re.M)
TEXT = FOUND.read_text(encoding="utf-8")
ANSWERS = [block.groups() for block in BLOCK.finditer(TEXT)]


@pytest.mark.parametrize("command,written", ANSWERS, ids=[command for command, _ in ANSWERS])
def test_the_judge_says_what_is_written(command, written):
    assert written == answer(command)


@pytest.mark.parametrize("section", TEXT.split("\n## ")[1:], ids=lambda text: text.split("\n")[0])
def test_each_bug_is_shown_in_at_most_12_calls_by_the_file_that_is_named(section):
    name = re.search(r"\]\(\.\./(tests/dropin/wrong/\w+_pmm\.c)\)", section)[1]
    shown = [block.groups() for block in BLOCK.finditer(section)]
    assert (ROOT / name).is_file() and shown
    for command, written in shown:
        assert command.split()[1] == name
        assert 2 <= len(CALL.findall(written)) <= MOST_CALLS
