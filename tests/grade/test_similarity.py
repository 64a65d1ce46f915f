"""Similar submissions: what is found, what belongs to the handout, and what is said when it cannot be."""
import csv
import io
import shutil
import sys

import pytest

import a_class
from handing_in import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from grader import batch, similarity  # noqa: E402

NAME = "kern/mm/default_pmm.c"
TREE = a_class.text_of(ROOT / "tests/dropin/right/tree_pmm.c")
RING = a_class.text_of(ROOT / "tests/dropin/right/ring_pmm.c")
pytestmark = pytest.mark.skipif(shutil.which(similarity.PROGRAM) is None,
                                reason="similarity-tester is not installed")


def compare(folder, texts, handout="", least=60):
    given = folder / "handout"
    given.mkdir()
    if handout:
        (given / "given.c").write_text(handout)
    return similarity.pairs(str(folder / "work"), {author: {NAME: text.encode()}
                                                   for author, text in texts.items()},
                            str(given), least)[0]


def disguised(text):
    """The same with other names, comments, numbers and layout."""
    return "/* all my own work */\n" + text.replace("page", "frame").replace("    ", "\t")


def test_a_disguised_copy_is_found_and_what_is_not_alike_is_not(tmp_path):
    found = compare(tmp_path, {"ada": TREE, "王 伟 consists for 99 %": disguised(TREE), "ben": RING})
    assert [(pair.first, pair.second) for pair in found] == [("ada", "王 伟 consists for 99 %")]
    assert found[0].percent == (100, 100) and found[0].file == NAME
    assert found[0].lines[0] == sum(bool(line.strip()) for line in TREE.split("\n"))


def test_what_everybody_was_given_does_not_count(tmp_path):
    """Two have nothing in common but the handout, two share what is beyond it."""
    texts = {"ada": RING + TREE, "ben": RING, "cleo": RING + disguised(TREE)}
    found = compare(tmp_path, texts, handout=RING)
    assert [(pair.first, pair.second) for pair in found] == [("ada", "cleo")]
    assert max(found[0].lines) < len((RING + TREE).split("\n")) - len(RING.split("\n")) + 20


def test_a_part_of_a_larger_file_is_a_share_of_each_and_comes_behind_a_copy(tmp_path):
    found = compare(tmp_path, {"ada": TREE, "ben": RING + TREE, "cleo": TREE})
    assert [(pair.first, pair.second) for pair in found] == [("ada", "cleo"), ("ada", "ben"),
                                                             ("ben", "cleo")]
    assert found[1].percent[0] == 100 and 20 < found[1].percent[1] < 90


def test_lines_of_the_handout_are_blanked_and_no_others():
    assert similarity.without(b"a\nb\n\nd\ne", [(1, 2), (5, 9)]) == (b"\n\n\nd\n", 1)


def test_hundreds_are_compared_and_the_list_can_be_read_by_a_spreadsheet(tmp_path):
    texts = {f"={number}": TREE if number % 100 == 0 else f"int x{number};" for number in range(300)}
    found = compare(tmp_path, texts)
    assert len(found) == 3
    lines = list(csv.reader(io.StringIO(similarity.as_csv(found, batch.cell))))
    assert lines[0][:3] == ["file", "first", "second"] and lines[1][:4] == [NAME, "'=0", "'=100", "100"]


@pytest.mark.parametrize("data", [b"", b"\0\xff\xfe\x1b", b'"never ends\n/* nor this', b"{" * 99999],
                         ids=["empty", "bytes", "open", "repetitive"])
def test_no_file_upsets_it(tmp_path, data):
    texts = {"ada": {NAME: TREE.encode()}, "ben": {NAME: TREE.encode()}, "odd": {NAME: data}}
    (tmp_path / "given").mkdir()
    found, left_out = similarity.pairs(str(tmp_path / "work"), texts, str(tmp_path / "given"), 60)
    assert [(pair.first, pair.second) for pair in found] == [("ada", "ben")]
    assert left_out == (["odd"] if len(data) == 99999 else [])


def test_a_program_that_is_missing_or_fails_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(similarity, "PROGRAM", "sim_of_nothing")
    with pytest.raises(similarity.Unknown, match="apt install similarity-tester"):
        compare(tmp_path, {"ada": TREE})
    monkeypatch.setattr(similarity, "PROGRAM", "false")
    (tmp_path / "handout").rmdir()
    with pytest.raises(similarity.Unknown, match="false ended with 1"):
        compare(tmp_path, {"ada": TREE})
