"""tools/draw draws what dump says; tools/oral asks each student about a trace of their own."""
import re
import subprocess
import sys
from importlib import machinery, util

import pytest
from student import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import session  # noqa: E402


def tool(name):
    loader = machinery.SourceFileLoader(name, str(ROOT / "tools" / name))
    module = util.module_from_spec(util.spec_from_loader(name, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


draw, oral = tool("draw"), tool("oral")


def test_all_three_forms_of_dump_are_read():
    assert draw.free_blocks("  0x80184..0x80200  124 pages\n  124 pages free in 1 blocks\n") \
        == {0x80184: 124}
    assert draw.free_blocks("  order  6      2 x   64 pages 0x40 0x80 +24\n") == {0x40: 64, 0x80: 64}
    assert draw.free_blocks("  0x800ac +25\n") == {0x800ac: 25}


def test_a_line_shows_blocks_grants_rounding_and_what_is_neither():
    grants = {}
    draw.follow(grants, "#1: 45 pages at page 0x40, address 0x40000 (64 granted)\n")
    line = draw.line((0, 256), {0x80: 64, 0x84 + 64: 4, 0xcc: 2}, grants)
    assert line == "-" * 16 + "#" * 11 + ":" + "~" * 4 + f"[{64:^14}]" \
        + "-|" + "-:" + "-" * 12
    draw.follow(grants, "#1: 45 pages freed at page 0x40\n")
    assert grants == {}


def test_a_refused_request_leaves_the_picture_as_it_is_and_the_rest_is_drawn():
    done = subprocess.run([ROOT / "tools/draw", "first_fit", "0x80100:256", "alloc 40; alloc 40000; free 1"],
                          capture_output=True, text=True, timeout=120, check=True)
    _, first, granted, refused, freed = [line[15:] for line in done.stdout.splitlines()]
    assert re.fullmatch(r"(.{64})  refused: no 40000 pages in one piece; \d+ are free", refused)
    assert refused[:64] == granted != first == freed


def test_a_trace_is_the_authors_own_and_frees_only_what_is_held():
    key = b"0123456789abcdef"
    ada = oral.trace(key, "ada", 37)
    assert ada == oral.trace(key, "ada", 37) and len(ada) == 37
    assert ada != oral.trace(key, "ben", 37) and ada != oral.trace(key + b"!", "ada", 37)
    held, made = set(), 0
    for command, number in map(str.split, ada):
        if command == "alloc":
            made += 1
            held.add(made)
            assert 1 <= int(number) <= oral.MOST_PAGES
        else:
            held.remove(int(number))
    assert sum(call.startswith("free") for call in ada) >= 8


def test_the_answer_is_what_the_policy_does():
    done = subprocess.run([ROOT / "tools/oral", "first_fit", "--author", "ada", "--ops", "37",
                           "--answer"], capture_output=True, text=True, timeout=120, check=True)
    calls = re.findall(r"^ +\d+  ((?:alloc|free) \d+)$", done.stdout, re.M)
    last = done.stdout.partition("after operation 37\n")[2]
    assert len(calls) == 37
    assert last == session.run("first_fit", [*calls, "dump"], oral.MEMORY)[-1]
    answered = re.findall(r"^ +\d+  (?:alloc|free) \d+ +(#\d+: .*)$", done.stdout, re.M)
    assert len(answered) == 37


@pytest.mark.parametrize("words,status,said", [
    (("draw", "first_fit", "0x80180:100", "alloc 1"), 2, "invalid window_of value"),
    (("draw", "first_fit", "0x80180:128", "alloc 1; free 9"), 1, "there is no allocation #9"),
    (("oral", "first_fit", "--author", "ada", "--ops", "61"), 2, "--ops is 2 to 60"),
    (("oral", "first_fit", "--author", "ada", "--hidden", "/nowhere"), 2, "key cannot be read"),
    (("oral", "no_such", "--author", "ada"), 1, "unknown policy 'no_such'"),
], ids=["window", "no grant", "ops", "key", "policy"])
def test_what_cannot_be_done_is_said_with_a_status(words, status, said):
    done = subprocess.run([ROOT / "tools" / words[0], *words[1:]], capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == status and said in done.stderr
