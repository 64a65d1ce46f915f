"""The teachers' pages show what happens, and the numbers in them are the rubrics'."""
import re
import sys
import tomllib

import pytest
from given import source
from guide import ROOT, blocks, differs, printed, shown
from test_guides import dead, sections
from test_handout import make_solution  # noqa: F401  (a fixture)

sys.path.insert(0, str(ROOT / "tests/grade"))
from handing_in import needs_walls  # noqa: E402

TEXT = (ROOT / "docs/teachers.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "docs/teachers.zh.md").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("text", [TEXT, CHINESE], ids=["en", "zh"])
TABLE = re.compile(r"^\| (?:test|测试) \|(.*)\n\| --- .*\n((?:\| .*\n)*)", re.M)


@pytest.mark.parametrize("needs", ["", pytest.param("bubblewrap", marks=needs_walls)],
                         ids=["anywhere", "with bubblewrap"])
def test_what_teachers_are_shown_is_what_happens(needs, tmp_path):
    failures = []
    for wanted in shown(TEXT):
        if wanted.state in ("", needs):
            said = differs(wanted, printed(wanted.command, ROOT, home=tmp_path))
            failures += [said] if wanted.state == needs and said else []
    assert not failures, "\n\n".join(failures)


def cells(row):
    return [cell.strip() for cell in row.strip(" |").split("|")]


@EVERY
def test_points_in_the_tables_are_those_of_the_rubrics(text):
    said = {}
    for head, rows in TABLE.findall(text):
        for row in rows.splitlines():
            name, *points = row.strip().strip("|").split("|")
            for task, value in zip(cells(head), points):
                if value.strip():
                    said.setdefault(task, {})[name.strip()] = int(value)
    rubrics = {path.stem: tomllib.loads(path.read_text())["test"]
               for path in (ROOT / "tools/grader/rubrics").glob("*.toml")}
    assert said == {task: {test["name"]: test["points"] for test in tests}
                    for task, tests in rubrics.items()}


def test_both_pages_have_the_same_commands_sections_tables_and_links():
    assert blocks(TEXT) == blocks(CHINESE)
    assert sections(TEXT.replace("(teachers.zh.md)", "(zh.md)")) \
        == sections(CHINESE.replace("(teachers.md)", "(en.md)"))


@EVERY
def test_links_of_the_page_lead_somewhere(text, solution):
    assert not list(dead(text, "docs", source.files_of(str(solution))))
