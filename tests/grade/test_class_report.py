"""report.html: what it says of a class, and that nothing of a student's is ever markup."""
import base64
import hashlib
import html.parser
import re
import sys

import pytest

from handing_in import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from grader import class_report, similarity, tasks  # noqa: E402

WANTED = [(task, task.tests) for task in tasks.load() if task.name in ("best_fit", "first_fit")]
EVIL = "</title></script><script>alert(1)</script>\"'><img src=//x onerror=alert(1)>&lt;"
EMPTY = {"meta", "br", "img", "link"}  # have no end
PLAIN = {"html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "p", "ul",
         "li", "b", "span", "section", "svg", "line", "rect", "text", "div", "table", "thead",
         "tbody", "tr", "th", "td", "code", "a", "details", "summary", "script"}


class Page(html.parser.HTMLParser):
    """Tags with attributes in their order; text by the tag it is in; tables as lists of rows."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.tables = [], [], {}, []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "tbody":
            self.tables.append([])
        elif tag == "tr" and "tbody" in self.open:
            self.tables[-1].append([])
        elif tag == "td":
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)
        if "td" in self.open:
            self.tables[-1][-1][-1] += data

    def of(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def row(share, why="P6: alloc_pages(8) gave NULL"):
    """One that gets this share of every test."""
    found = [{"name": f"{task.name}/{test.name}", "score": test.points * share,
              "max_score": test.points, "why": "" if share == 1 else why}
             for task, those in WANTED for test in those]
    return {"status": 0 if share == 1 else 1, "score": 200 * share, "max_score": 200, "tests": found}


def page(rows, pairs=(), note="", title="autumn"):
    similar = class_report.Similar(list(pairs), 60, note, "similar.csv")
    names = {author: f"{number}.json" for number, author in enumerate(rows)}
    return class_report.page(title, WANTED, rows, names, similar)


@pytest.fixture(scope="module", name="text")
def make_text():
    """A hundred: 60 with all points, 30 with half, 10 with none; and one that was not graded."""
    rows = {f"student {at}": row(1 if at < 60 else 0.5 if at < 90 else 0) for at in range(100)}
    rows["late"] = {"status": 5, "fault": "the disk is full", "submission": "", "tests": []}
    pairs = [similarity.Pair("kern/mm/default_pmm.c", "student 3", "student 4", (99 - at, 61), (40, 7))
             for at in range(35)]
    return page(rows, pairs)


def test_the_figures_and_the_distribution_are_those_of_the_marks(text):
    told = Page(text)
    assert told.texts["b"] == ["101", "200", "150", "60", "0", "1"]
    assert told.texts["span"][:6] == ["submissions", "median", "mean", "full marks",
                                      "not built or refused", "not graded"]
    titles = [each for each in told.texts["title"] if "points: " in each]
    counts = [int(re.search(r"points: (\d+)", each)[1]) for each in titles]
    assert len(counts) == 20 and counts[0] == 10 and counts[10] == 30 and counts[19] == 60
    assert titles[10].startswith("100 to 110 points") and sum(counts) == 100
    bars = [float(each["height"]) for each in told.of("rect") if each["class"] == "bar"]
    assert [bar for bar in bars if bar] == [28.3, 85, 170]
    assert all(float(each["y"]) + float(each["height"]) == pytest.approx(210)
               for each in told.of("rect") if each["class"] == "bar")


def test_tables_tell_lost_tests_pairs_and_everyone(text):
    lost, pairs, everyone = Page(text).tables
    assert len(lost) == sum(len(those) for _, those in WANTED)
    assert {line[2] for line in lost} == {"40"}
    assert ["first_fit/singles", WANTED[1][1][0].title, "40", "", "7.5 / 10"] in lost
    assert pairs[0] == ["default_pmm.c", "student 3", "40", "99 %", "", "61 %", "7", "student 4"]
    assert len(pairs) == class_report.MOST_PAIRS and "5 more are in" in text
    assert len(everyone) == 101
    assert everyone[0] == ["student 0", "200", "", "100", "100", "full marks", ""]
    half = everyone[60]
    assert half[:6] == ["student 60", "100", "", "50", "50", "points lost"]
    assert half[6].startswith(f"{len(lost)} tests") and "best_fit/singles 5/10 P6: alloc" in half[6]
    assert everyone[100] == ["late", "–", "", "–", "–", "not graded", "the disk is full"]


@pytest.mark.parametrize("share,side,x", [(1, "before", 732), (0, "after", 28)],
                         ids=["full", "none"])
def test_the_medians_name_is_on_the_picture(share, side, x):
    told = Page(page({"ada": row(share)}))
    assert [each["x"] for each in told.of("text") if each["class"] == side] == [str(float(x))]
    assert f"median {200 * share}" in told.texts["text"]


def test_lost_tests_come_first_where_most_lost_them():
    rows = {"ada": row(1), "ben": row(1)}
    worst = rows["ben"]["tests"][-1]
    worst["score"] = 1
    assert Page(page(rows)).tables[0][0][0] == worst["name"]


@pytest.mark.parametrize("where", ["title", "name", "why", "fault", "pair", "note"])
def test_what_a_student_has_a_say_in_is_text_and_never_markup(where):
    said = {name: EVIL if name == where else "plain" for name in ("title", "name", "why", "fault",
                                                                  "pair", "note")}
    rows = {said["name"]: row(0, said["why"]),
            "x": {"status": 5, "fault": said["fault"], "submission": "", "tests": []}}
    pair = similarity.Pair("a.c", said["pair"], "x", (90, 90), (1, 1))
    text = page(rows, [pair], said["note"], said["title"])
    told = Page(text)
    assert {tag for tag, _ in told.tags} <= PLAIN and len(told.of("script")) == 1
    assert any(EVIL in each for each in sum(told.texts.values(), []))
    assert not any(name.startswith("on") or name in ("src", "style") for _, attributes in told.tags
                   for name in attributes)


def test_the_page_loads_nothing_and_runs_its_own_script_only(text):
    told = Page(text)
    policy = next(each["content"] for each in told.of("meta") if "http-equiv" in each)
    for kind, tag in (("script", "script"), ("style", "style")):
        inside = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S)[1]
        code = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{code}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert {each["href"] for each in told.of("a")} == {
        "similar.csv", *(f"{number}.json" for number in range(100))}
    assert not re.search(r"https?:|//[a-z]|url\(|@import", re.sub(r"(?m)^//.*", "", text))


def test_a_class_of_nobody_is_a_page_too():
    assert Page(page({})).texts["b"] == ["0"]
    assert Page(page({"x": {"status": 5, "fault": "", "submission": "", "tests": []}})).texts[
        "b"] == ["1", "1"]
