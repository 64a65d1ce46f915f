"""docs/teachers.md shows what happens, and the numbers in it are the rubrics'."""
import re
import sys
import tomllib

import pytest
from given import source
from guide import ROOT, differs, printed, shown
from test_guides import dead
from test_handout import make_solution  # noqa: F401  (a fixture)

sys.path.insert(0, str(ROOT / "tests/grade"))
from handing_in import needs_walls  # noqa: E402

TEXT = (ROOT / "docs/teachers.md").read_text(encoding="utf-8")
TABLE = re.compile(r"^\| test \|(.*)\n\| --- .*\n((?:\| .*\n)*)", re.M)


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


def test_points_in_the_tables_are_those_of_the_rubrics():
    said = {}
    for head, rows in TABLE.findall(TEXT):
        for row in rows.splitlines():
            name, *points = row.strip().strip("|").split("|")
            for task, value in zip(cells(head), points):
                if value.strip():
                    said.setdefault(task, {})[name.strip()] = int(value)
    rubrics = {path.stem: tomllib.loads(path.read_text())["test"]
               for path in (ROOT / "tools/grader/rubrics").glob("*.toml")}
    assert said == {task: {test["name"]: test["points"] for test in tests}
                    for task, tests in rubrics.items()}


def test_links_of_the_page_lead_somewhere(solution):
    assert not list(dead(TEXT, "docs", source.files_of(str(solution))))
