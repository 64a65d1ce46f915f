"""What other programs read: each format is parsed, and its rules are checked."""
import json
import re
import sys
import xml.etree.ElementTree as xml

import pytest

import handing_in
from handing_in import FULL, LOST, OWN_FAULT, ROOT, grade

sys.path.insert(0, str(ROOT / "tools"))
from grader import outputs  # noqa: E402

TESTS = ("--only", "first_fit/[sm]*")
POINTS = 34


@pytest.fixture(scope="module", name="run")
def make_run(tmp_path_factory):
    """A submission that loses some points, with every output asked for."""
    folder = tmp_path_factory.mktemp("outputs")
    text = (handing_in.ROOT / "tests/judge/policies/tail_insert.c").read_text()
    submission = handing_in.hand_in(folder / "s", text)
    done = grade(*TESTS, "--json", folder / "json", "--junit", folder / "junit", "--gradescope",
                 folder / "gradescope", "--autolab", submission=submission)
    assert done.returncode == LOST and handing_in.got(done) == POINTS - 16, done.stdout + done.stderr
    return folder, done


def test_json_says_everything_with_the_sequence(run):
    table = handing_in.table(run[0] / "json")
    assert (table["score"], table["max_score"], table["status"]) == (POINTS - 16, POINTS, LOST)
    assert re.fullmatch("[0-9a-f]{64}", table["submission"])
    failed = [test for test in table["tests"] if test["score"] < test["max_score"]]
    assert [test["name"] for test in failed] == ["first_fit/merges"]
    assert failed[0]["why"].startswith("P6: ")
    assert failed[0]["steps"][0] == {"call": "init_memmap(0, 8)", "answer": ""}
    assert len(failed[0]["steps"]) == 6


# What readers of JUnit XML know, as the schema of Jenkins' plug-in has it: elements in their order
# with their attributes; those with ! must be there.
JUNIT = {"testsuites": ("name tests failures errors", "testsuite"),
         "testsuite": ("!name !tests failures errors skipped", "testcase"),
         "testcase": ("!name !classname", "failure"),
         "failure": ("!message type", "")}


def check_junit(element):
    attributes, inside = JUNIT[element.tag]
    known = attributes.replace("!", "").split()
    assert set(element.attrib) <= set(known), element.attrib
    assert all(name[1:] in element.attrib for name in attributes.split() if name[0] == "!")
    assert all(element.get(name).isdigit() for name in ("tests", "failures", "errors", "skipped")
               if name in element.attrib)
    for each in element:
        assert each.tag in inside.split()
        check_junit(each)


def test_junit_has_a_suite_a_task_and_counts_that_add_up(run):
    top = xml.parse(run[0] / "junit").getroot()
    assert top.tag == "testsuites"
    check_junit(top)
    suites = list(top)
    assert [suite.get("name") for suite in suites] == ["first_fit"]
    for suite in suites:
        cases = list(suite)
        assert {case.tag for case in cases} == {"testcase"}
        assert all(case.get("name") and case.get("classname") == "first_fit" for case in cases)
        assert int(suite.get("tests")) == len(cases) == int(top.get("tests"))
        failures = suite.findall("testcase/failure")
        assert int(suite.get("failures")) == len(failures) == 1
        assert failures[0].get("message") == "0/16 points" and "alloc_pages(8)" in failures[0].text
        assert suite.get("errors") == "0"


def test_gradescope_has_its_own_fields_and_values(run):
    table = handing_in.table(run[0] / "gradescope")
    assert table["score"] == POINTS - 16
    assert table["output_format"] in ("text", "html", "simple_format", "md", "ansi")
    assert sum(test["max_score"] for test in table["tests"]) == POINTS
    assert set(table) == {"score", "output_format", "visibility", "tests"}
    for test in table["tests"]:
        assert set(test) == {"name", "score", "max_score", "number", "output", "status",
                             "visibility"}
        assert all(isinstance(test[name], str) for name in ("name", "number", "output"))
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] == ("passed" if test["score"] == test["max_score"] else "failed")
        assert test["visibility"] in ("visible", "hidden", "after_due_date", "after_published")


def test_autolab_reads_the_last_line(run):
    last = run[1].stdout.splitlines()[-1]
    assert json.loads(last) == {"scores": {"first_fit": POINTS - 16}}
    # Before it reads the line, Autolab puts names without quotes into some.
    assert json.loads(re.sub("([a-zA-Z0-9]+):", r'"\1":', last)) == json.loads(last)


def test_classroom_gets_one_line_of_json():
    done = grade("--only", "first_fit/[so]*", "--classroom")
    table = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == FULL
    assert (table["version"], table["status"], table["max_score"]) == (1, "pass", 22)
    for test in table["tests"]:
        assert {"name", "status", "score", "message", "test_code", "filename", "line_no",
                "execution_time"} == set(test)
        assert test["status"] == "pass" and test["message"] is None
    # The reporter adds up what tests got, and compares it with max_score.
    assert sum(test["score"] for test in table["tests"]) == table["max_score"]


NO_JUDGE = """
from grader import marking
def judge(*arguments):
    raise marking.OwnFault("no judge")
marking.judge = judge
"""


def test_nothing_is_written_that_could_be_taken_for_a_zero_when_the_grader_failed(tmp_path):
    done = grade("--only", "first_fit/singles", "--json", tmp_path / "json", "--gradescope",
                 tmp_path / "gradescope", "--junit", tmp_path / "junit", "--autolab", "--classroom",
                 more=NO_JUDGE)
    assert done.returncode == OWN_FAULT and not done.stdout and not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_leaves_no_part_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(outputs.os, "replace", lambda *paths: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        outputs.write(str(tmp_path / "file"), "text")
    assert not list(tmp_path.iterdir())


def test_hidden_tests_stay_hidden_in_every_output(tmp_path):
    (tmp_path / "key").write_text("sixteen bytes and more")
    (tmp_path / "first_fit.toml").write_text(
        '[[test]]\nname = "more"\ntitle = "more"\npoints = 5\nproperties = ["merge"]\n')
    text = (handing_in.ROOT / "tests/judge/policies/tail_insert.c").read_text()
    done = grade("--hidden", tmp_path, "--no-sandbox", "--only", "first_fit/more", "--json",
                 tmp_path / "json", "--gradescope", tmp_path / "gradescope", "--junit",
                 tmp_path / "junit", submission=handing_in.hand_in(tmp_path / "s", text))
    assert handing_in.got(done) == 0
    assert handing_in.table(tmp_path / "gradescope")["tests"][0]["visibility"] == "after_published"
    assert handing_in.table(tmp_path / "json")["tests"][0]["hidden"] is True
    for name in ("gradescope", "junit"):
        assert "alloc_pages" not in (tmp_path / name).read_text()


def test_color_is_for_terminals_or_for_who_asks():
    assert "\033[" not in grade(*TESTS[:1], "first_fit/singles").stdout
    assert "\033[32mok" in grade(*TESTS[:1], "first_fit/singles", "--color", "always").stdout
