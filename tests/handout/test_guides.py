"""The lab's guides show what happens, in English and in Chinese."""
import os
import re

import given
import pytest
from guide import ROOT, anew, blocks, differs, matches, printed, shown
from test_handout import make_solution, make_tree  # noqa: F401  (both are fixtures)

LAB = ROOT / "docs/labs" / given.TASK
GUIDES = {language: (LAB / f"{language}.md").read_text(encoding="utf-8") for language in ("en", "zh")}
ENGLISH, CHINESE = GUIDES.values()
EVERY = pytest.mark.parametrize("text", GUIDES.values(), ids=GUIDES)

FENCE = re.compile(r"^```(\w*)\n.*?^```$", re.M | re.S)
HEADING = re.compile(r"^(#+) (.*)$", re.M)
LINK = re.compile(r"\]\(([^)\s]+)\)|<(https?://[^>\s]+)>")
LISTED = re.compile(r"^(?:- |\d\. |\| )", re.M)
CHINESE_SIGN = re.compile(r"[\u4e00-\u9fff]")
STATES = {"given": lambda state: state == "", "mistaken": lambda state: state.startswith("bank:"),
          "solved": lambda state: state and not state.startswith("bank:")}


@pytest.fixture(scope="module", name="course")
def course_fixture(solution):
    return given.Course(solution)


# ---- what is shown -----------------------------------------------------------------------------

def failures(commands, course, tree):
    """What each command that does not print what is shown prints."""
    for wanted in commands:
        course.bring(tree, wanted.state)
        said = differs(wanted, printed(wanted.command, tree))
        if said:
            yield said


@pytest.mark.parametrize("state", STATES)
def test_what_the_guide_shows_is_what_happens_in_a_handout(state, course, tree, tmp_path):
    wanted = [each for each in shown(ENGLISH) if STATES[state](each.state)]
    assert len(wanted) >= 5
    own = given.copied(tree, tmp_path / "lab")
    found = list(failures(wanted, course, own))
    if found:
        pytest.fail("\n\n".join([*found, "if that is right: tests/handout/guide.py writes it"]))


def test_both_guides_show_the_same_commands_and_outputs():
    assert blocks(ENGLISH) == blocks(CHINESE)


def test_a_block_is_run_or_is_no_command():
    for text in GUIDES.values():
        assert {kind for kind in FENCE.findall(text)} <= {"console", ""}
        assert len(blocks(text)) == text.count("```console") == len(re.findall(r"```console\n\$ ", text))
        assert text.count("<!-- with:") == sum(state != "" for state, _ in blocks(text))


def test_every_line_that_is_shown_counts():
    """Another letter in any one of them is a failure."""
    lines = 0
    for each in shown(ENGLISH):
        printed_lines = [line for line in each.output.splitlines() if line.strip() != "..."]
        assert differs(each, "".join(f"{line}\n" for line in printed_lines)) is None
        for at, line in enumerate(printed_lines):
            changed = [*printed_lines[:at], "!" + line, *printed_lines[at + 1:]]
            assert differs(each, "".join(f"{line}\n" for line in changed))
            lines += 1
    assert lines > 300


def test_lines_may_be_more_or_fewer_only_where_they_are_left_out():
    assert matches("a\nb\n", "a\nb\n") and not matches("a\nb\n", "a\n")
    assert not matches("a\n", "a\nb\n") and not matches("a\n...\nb\n", "a\n")
    assert matches("a\n...\nb\n", "a\nb\n") and matches("a\n...\nb\n", "a\nx\ny\nb\n")
    assert not matches("...\nb\n...\na\n", "b\nb\n") and not matches("a\n...\na\n", "a\n")
    assert matches("took [...] s\n", "took 12 s\n") and not matches("took [...] s\n", "took 12\n")


def test_a_guide_is_written_anew_but_where_lines_are_left_out(capsys):
    text = "<!-- with: solved -->\n```console\n$ one\nold\n$ two\n...\nold\n```\nend\n"
    assert anew(text, lambda state, command: f"{state} {command}\n") == text.replace(
        "one\nold", "one\nsolved one")
    assert "by hand: $ two" in capsys.readouterr().err


def test_a_changed_output_is_told_with_its_line(course, tree):
    changed = ENGLISH.replace("setup: everything for 'lab'", "setup: everything for 'job'")
    first = shown(changed)[0]
    said, = failures([first], course, tree)
    assert first.command in said and f"line {first.line}," in said and "for 'job'" in said


# ---- the same in both --------------------------------------------------------------------------

def sections(text):
    """Of each: the depth of its heading, its blocks, how many items, and where its links lead."""
    plain = FENCE.sub("```", text)
    parts = re.split(r"^(?=#+ )", plain, flags=re.M)
    return [(len(HEADING.match(part)[1]) if HEADING.match(part) else 0, part.count("```"),
             len(LISTED.findall(part)), [target for target in links(part) if target[0] != "#"
                                         and not re.fullmatch(r"(en|zh)\.md", target)])
            for part in parts]


def links(text):
    return [a or b for a, b in LINK.findall(text)]


def test_both_guides_have_the_same_sections_lists_and_links():
    for number, (one, other) in enumerate(zip(sections(ENGLISH), sections(CHINESE))):
        assert one == other, f"section {number}: {HEADING.findall(ENGLISH)[number - 1]}"
    assert len(sections(ENGLISH)) == len(sections(CHINESE))


def test_each_guide_is_in_its_language():
    titles = [title for _, title in HEADING.findall(FENCE.sub("", CHINESE))]
    assert all(CHINESE_SIGN.search(title) for title in titles)
    assert len(CHINESE_SIGN.findall(FENCE.sub("", ENGLISH))) <= 2  # the link to the other


# ---- links -------------------------------------------------------------------------------------

def anchors(text):
    """As GitHub makes them of headings."""
    titles = [title for _, title in HEADING.findall(FENCE.sub("", text))]
    return {"#" + re.sub(r"[^\w\- ]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", title).lower())
            .replace(" ", "-") for title in titles}


def dead(text, folder, files):
    """Links that lead nowhere; what is on the web is looked at for its form only."""
    for target in links(text):
        path, mark, anchor = target.partition("#")
        place = os.path.normpath(os.path.join(folder, path)) if path else None
        if target.startswith(("http://", "https://")):
            if not re.fullmatch(r"https://[\w.-]+\.\w+(/[\w./~%-]*)?", target):
                yield target
        elif place is not None and place not in files \
                and not any(file.startswith(place + "/") for file in files):
            yield target
        elif mark and "#" + anchor not in anchors(text if place is None else files[place].text):
            yield target


@EVERY
def test_links_lead_to_what_a_student_has(text, course):
    files = course.handout
    folder = LAB.relative_to(ROOT)
    assert not list(dead(text, folder, files))
    assert list(dead("[gone](gone.md) [no](#such) <http:/x>", folder, files)) == ["gone.md", "#such"]
