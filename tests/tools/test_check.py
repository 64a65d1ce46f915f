"""Every gate of tools/check is fed something bad, and has to bite; a good tree passes."""
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "check"

# A small tree that keeps every rule.
GOOD = {
    ".clang-format": (ROOT / ".clang-format").read_text(),
    ".gitignore": "/build/\n",
    "README.md": "# A tree\n",
    "libs/list.h": "int list_empty(void);\n",
    "libs/bits.h": '#include "list.h"\n',
    "kern/driver/power.c": '#include "list.h"\n#include "memlayout.h"\n',
    "kern/mm/memlayout.h": "#define LINEAR_BASE 1\n",
    "kern/driver/power.h": "void power_off(unsigned status);\n",
    "kern/init/init.c": '#include "panic.h"\n#include "pmm.h"\n#include "power.h"\n',
    "kern/debug/panic.h": '#include "zone.h"\n',
    "kern/mm/pmm.h": "#define alloc_page() alloc_pages(1)\n",
    "kern/mm/zone.h": '#include "pmm.h"\n',
    "kern/mm/block_list.h": '#include "pmm.h"\n',
    "kern/mm/best_fit_pmm.h": '#include "pmm.h"\n',
    "kern/mm/best_fit_pmm.c": '#include "best_fit_pmm.h"\n#include "bits.h"\n'
                              '#include "block_list.h"\n#include "pmm.h"\n',
    "user/hello.c": '#include "list.h"\n',
    "tools/run": "#!/bin/sh\nexit 0\n",
}


class Tree:
    def __init__(self, path):
        self.path = path
        self.git("init", "-q")
        for name, text in GOOD.items():
            self.write(name, text)
        (path / "tools/run").chmod(0o755)
        self.git("add", "-A")

    def git(self, *arguments):
        subprocess.run(["git", "-C", str(self.path), *arguments], check=True)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def check(self):
        """(status, {gate: its offences})"""
        done = subprocess.run([str(TOOL), str(self.path)], stdout=subprocess.PIPE, text=True,
                              check=False, timeout=60)
        gates = {}
        for line in done.stdout.splitlines():
            if ":" in line.split()[0]:
                gates[gate].append(line)
            else:
                gate = line.split()[0]
                gates[gate] = []
        return done.returncode, gates


@pytest.fixture(name="tree")
def fixture_tree(tmp_path):
    return Tree(tmp_path)


def bites(tree, gate, offence):
    """The one offence found is this one, and this gate found it."""
    status, gates = tree.check()
    found = {name: lines for name, lines in gates.items() if lines}
    assert status == 1
    assert list(found) == [gate], found
    assert len(found[gate]) == 1 and found[gate][0].startswith(offence), found


def test_a_good_tree_passes(tree):
    status, gates = tree.check()
    assert status == 0
    assert list(gates) == ["format", "layers", "sizes", "words", "generated", "executable",
                           "slots"]


def test_this_tree_passes():
    done = subprocess.run([str(TOOL)], stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not shutil.which("clang-format-14"), reason="needs clang-format 14")
def test_format_bites_a_badly_set_file(tree):
    tree.write("kern/mm/odd.c", "int  odd( void );\n")
    bites(tree, "format", "kern/mm/odd.c:1: ")


@pytest.mark.parametrize("name, header", [
    ("kern/mm/best_fit_pmm.c", "zone.h"),             # a policy, and the facade's
    ("kern/mm/best_fit_pmm.c", "power.h"),            # a policy, and a driver
    ("kern/mm/next_fit_pmm.c", "best_fit_pmm.h"),     # another policy's header
    ("kern/mm/block_list.c", "panic.h"),              # upwards
    ("kern/driver/power.c", "zone.h"),                # upwards, and not one of the exceptions
    ("libs/list.c", "pmm.h"),
    ("libs/list.c", "../kern/mm/pmm.h"),              # by a path
    ("user/hello.c", "pmm.h"),
    ("kern/init/init.c", "no_such_header.h"),
    ("kern/elsewhere/new.c", "list.h"),               # a folder without a layer
])
def test_layers_bite_an_include_from_above(tree, name, header):
    tree.write(name, '\n#include "%s"\n' % header)
    bites(tree, "layers", '%s:2: "%s": ' % (name, header))


def test_a_program_gets_its_own_header_where_the_kernel_has_one_of_that_name(tree):
    tree.write("kern/fs/file.h", "int file;\n")
    tree.write("user/cat.c", '#include "file.h"\n')
    bites(tree, "layers", 'user/cat.c:1: "file.h": ')
    tree.write("user/libs/file.h", "int file;\n")
    assert tree.check()[0] == 0


def test_layers_bite_an_include_in_angle_brackets_too(tree):
    tree.write("kern/mm/best_fit_pmm.c", "\n#include <stddef.h>\n#include <zone.h>\n")
    bites(tree, "layers", 'kern/mm/best_fit_pmm.c:3: "zone.h": ')


def test_layers_bite_a_kernel_file_that_includes_tests(tree):
    tree.write("tests/host/env.h", "int env;\n")
    tree.write("kern/init/init.c", '#include "env.h"\n')
    bites(tree, "layers", 'kern/init/init.c:1: "env.h": ')


@pytest.mark.parametrize("name, lines", [
    ("kern/init/long.c", 450), ("kern/mm/long_pmm.c", 250), ("tools/long.py", 450)])
def test_sizes_bite_a_file_of_one_line_too_many(tree, name, lines):
    tree.write(name, "\n" * lines)
    assert tree.check()[1]["sizes"] == []
    tree.write(name, "\n" * (lines + 1))
    assert [line.startswith("%s:%d: " % (name, lines + 1))
            for line in tree.check()[1]["sizes"]] == [True]


def test_sizes_bite_a_function_of_one_line_too_many(tree):
    function = "static int\nlong_one(int a) {\n%s}\n"
    tree.write("kern/init/long.c", function % ("    a++;\n" * 58))
    assert tree.check()[0] == 0
    tree.write("kern/init/long.c", function % ("    a++;\n" * 59))
    bites(tree, "sizes", "kern/init/long.c:2: long_one() has 61 lines")


@pytest.mark.parametrize("name, text", [
    ("README.md", "good\n\nTO" "DO: more\n"),
    ("tools/notes.py", "good\n\n# FIX" "ME\n"),
    ("README.md", "good\n\nblank \n"),
    ("tools/notes.py", "good\n\ntab\t\n"),
    ("README.md", "good\n\nno end"),
    ("README.md", "good\n\nfrom elsewhere\r\n"),
    ("libs/macro.h", "int good;\n\n#define nr_free (free_area.nr_free)\n"),
    ("libs/macro.h", "int good;\n\n#define current cpu->proc\n"),
    ("libs/macro.h", "int good;\n\n#define head (&areas[3].free_list)\n"),
], ids=["to do", "fix me", "blank", "tab", "no end", "cr lf", "macro", "macro ->", "macro &[]"])
def test_words_bite(tree, name, text):
    tree.write(name, text)
    bites(tree, "words", "%s:3: " % name)


def test_words_let_a_patch_have_its_blank_lines(tree):
    tree.write("tests/faults/one.patch", " a\n \n+b\n")
    assert tree.check()[0] == 0


@pytest.mark.parametrize("name", ["kern/mm/pmm.o", "kernel.elf", "tests/__pycache__/x.pyc"])
def test_generated_bites_a_file_in_git_and_one_that_is_not_ignored(tree, name):
    tree.write(name, "made\n")
    bites(tree, "generated", "%s:1: generated, and not ignored" % name)
    tree.git("add", "-f", name)
    bites(tree, "generated", "%s:1: generated, and in git" % name)


def test_generated_bites_a_program_whatever_its_name(tree):
    tree.write("tests/judge_child", b"\x7fELF\x02\x01\0")
    bites(tree, "generated", "tests/judge_child:1: ")


def test_generated_leaves_alone_what_is_ignored_until_it_is_in_git(tree):
    tree.write("build/kernel.elf", "made\n")
    assert tree.check()[0] == 0
    tree.git("add", "-f", "build/kernel.elf")
    bites(tree, "generated", "build/kernel.elf:1: generated, and in git")


def test_executable_bites_a_script_that_cannot_be_run(tree):
    (tree.path / "tools/run").chmod(0o644)
    bites(tree, "executable", "tools/run:1: ")


def test_executable_bites_a_text_marked_as_a_program(tree):
    (tree.path / "README.md").chmod(0o755)
    bites(tree, "executable", "README.md:1: ")


# ---- slots -------------------------------------------------------------------------------------

MANIFEST = """title = "A lab"
give = []
keep = []
policies = []
registries = []
check_on = []
[[student]]
file = "kern/mm/best_fit_pmm.c"
slots = ["best_fit.alloc"]
"""
BEGINS, ENDS = "/* SLOT best_fit.alloc: choose */\n", "/* SLOT best_fit.alloc ends */\n"
BEST = "kern/mm/best_fit_pmm.c"


def test_a_slot_of_the_manifest_passes(tree):
    tree.write("docs/labs/one/lab.toml", MANIFEST)
    tree.write(BEST, BEGINS + ENDS)
    assert tree.check()[0] == 0


@pytest.mark.parametrize("text,offence", [
    (BEGINS, f"{BEST}:1: the slot best_fit.alloc does not end"),
    (BEGINS + ENDS + BEGINS + ENDS, f"{BEST}:1: there are two slots best_fit.alloc"),
    ("int x;\n" + BEGINS.replace("alloc", "free") + ENDS.replace("alloc", "free"),
     f"{BEST}:1: has the slots best_fit.free; a lab.toml says best_fit.alloc"),
    ("", f"{BEST}:1: has the slots none; a lab.toml says best_fit.alloc")],
    ids=["open", "twice", "unknown", "missing"])
def test_slots_that_are_not_the_manifests_are_offences(tree, text, offence):
    tree.write("docs/labs/one/lab.toml", MANIFEST)
    tree.write(BEST, text)
    status, gates = tree.check()
    assert status == 1 and offence in gates["slots"], gates
    assert not any(lines for name, lines in gates.items() if name != "slots")


@pytest.mark.parametrize("change,offence", [
    (("keep = []", 'keep = ["secret/*"]'), "keep: nothing fits secret/*"),
    (('"kern/mm/best_fit_pmm.c"', '"kern/mm/beast_fit_pmm.c"'), "there is no kern/mm/beast_fit_pmm.c")],
    ids=["kept", "given"])
def test_a_manifest_that_names_what_is_not_there_is_an_offence(tree, change, offence):
    tree.write("docs/labs/one/lab.toml", MANIFEST.replace(*change))
    tree.write(BEST, BEGINS + ENDS)
    status, gates = tree.check()
    assert status == 1 and f"docs/labs/one/lab.toml:1: {offence}" in gates["slots"], gates


def test_a_slot_that_no_manifest_knows_bites(tree):
    tree.write(BEST, BEGINS + ENDS)
    bites(tree, "slots", f"{BEST}:1: has the slots best_fit.alloc; a lab.toml says none")
