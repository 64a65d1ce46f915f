"""make mutants bites; its lists are true; and a sample of the mutants is killed."""
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TOOL = HERE / "run"
GRANT = "block_list.h:blocks_grant:"  # one statement, `return n;`
ZERO = "bank:first_fit:zero-pages-are-granted"

pytest.importorskip("clang.cindex", reason="no python3-clang: run tools/setup")
sys.path.insert(0, str(HERE))
import bank  # noqa: E402
import generate  # noqa: E402
import killers  # noqa: E402


def run(*options):
    return subprocess.run([TOOL, "--jobs", "1", *map(str, options)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=300)


def counted(output, row):
    """The row of the table, by column."""
    columns = ["made", "stillborn", "same", "killed", "listed", "survived"]
    line = re.search(rf"^{re.escape(row)} +(\d[\d ]*)$", output, re.M)
    return dict(zip(columns, map(int, line[1].split())))


def mutants_of(tmp_path, text):
    (tmp_path / "some.c").write_text(text, encoding="ascii")
    file = generate.File(str(tmp_path), "some.c", [])
    return file, [(m.kind, generate.changed(file.text, m)[len(text) - 30:] and
                   file.text[m.start:m.end], m.new) for m in file.mutants()]


# ---- the generator --------------------------------------------------------------------------------

@pytest.mark.parametrize("text,expected", [
    ("int f(int a, int b) { return a - b; }", [("op", "-", "+"), ("var", "a", "b")]),
    ("int f(int a, int b) { return a < b && a; }",
     [("cond", "<", "<="), ("cond", "&&", "||"), ("cond", "a < b && a", "a < b")]),
    ("void f(int *a) { if (*a) { *a = 7; } }",
     [("test", "*a", "!(*a)"), ("const", "7", "6"), ("del", "*a = 7;", ";")]),
    ("int g(int a, int b);\nint f(int a, int b) { return g(a, b); }", [("args", "a, b", "b, a")]),
    ("struct s { int p, q; };\nint f(struct s *s) { return s->p; }", [("var", "p", "q")]),
    ("#define TOP 11\n", [("const", "11", "10"), ("const", "11", "12")]),
    ("#define LOOK(x) ((x) ? 1 : 0)\nint f(int a) { return LOOK(a > 3); }",
     [("cond", ">", ">="), ("const", "3", "4")]),
])
def test_each_kind_of_change_is_made(tmp_path, text, expected):
    _, found = mutants_of(tmp_path, text)
    assert set(expected) <= set(found)


def test_what_a_macro_spells_is_left_alone(tmp_path):
    text = "#define BOTH(x, y) ((x) + (y) * 2)\nint f(int a) { return BOTH(a, a); }\n"
    _, found = mutants_of(tmp_path, text)
    assert found == []


def test_an_id_stays_when_other_lines_change(tmp_path):
    text = "int f(int a) { return a + 1; }\n"
    file, _ = mutants_of(tmp_path, text)
    later, _ = mutants_of(tmp_path, "int g(int b) { return b; }\n\n" + text)
    assert {m.id for m in file.mutants()} <= {m.id for m in later.mutants()}


def test_no_two_mutants_of_a_file_have_the_same_id_and_all_keep_the_lines():
    plan = killers.Plan()
    for name in plan.files:
        file = generate.File(killers.ROOT, name, killers.INCLUDES, plan.host(name))
        found = file.mutants()
        assert found and len({m.id for m in found}) == len(found)
        assert {generate.changed(file.text, m).count("\n") for m in found} == {
            file.text.count("\n")}


def test_every_policy_and_every_header_that_policies_share_is_changed():
    files = killers.Plan().files
    for path, _ in killers.managers().values():
        assert path in files
    for name in ("block_list.h", "block_index.h", "long_blocks.h", "buddy_system_pmm.h", "page_list.h",
                 "bump.h", "pmm.c", "grants.c", "facade.h", "pmm_audit.c", "page_map.c",
                 "front_cache.c", "slab.c", "kmalloc.c", "page_table.c",
                 "page_table.h", "kernel_map.c"):
        assert f"kern/mm/{name}" in files


# ---- the gate bites -----------------------------------------------------------------------------

def test_without_killers_a_mutant_survives_and_that_is_a_failure():
    done = run("--only", ZERO, "--killers", "none")
    assert done.returncode == 1
    assert f"SURVIVED: {ZERO}" in done.stdout
    assert f"again: tests/mutants/run --only '{ZERO}'" in done.stdout
    assert counted(done.stdout, "bank")["survived"] == 1


def test_with_them_it_is_killed():
    done = run("--only", ZERO, "--verbose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert counted(done.stdout, "bank")["killed"] == 1
    assert f"killed     {ZERO}  judge: first_fit: " in done.stdout


def test_a_listed_mutant_that_dies_is_a_failure(tmp_path):
    name = next(l for l in run("--list", "--only", "default_pmm.c:*:del:*").stdout.splitlines()
                if ":first_fit_free_pages:del:" in l)
    listed = tmp_path / "equivalent.txt"
    listed.write_text(f"{name}\n    nobody frees anything\n", encoding="ascii")
    done = run("--only", name, "--equivalent", listed)
    assert done.returncode == 1
    assert f"LISTED, BUT KILLED: {name}" in done.stdout
    passed = run("--only", name, "--equivalent", listed, "--killers", "none")
    assert passed.returncode == 0 and counted(passed.stdout, "all generated")["listed"] == 1


def test_a_listed_mutant_needs_a_reason(tmp_path):
    listed = tmp_path / "equivalent.txt"
    listed.write_text("block_list.h:blocks_put:del:000000\n", encoding="ascii")
    done = run("--only", ZERO, "--equivalent", listed)
    assert done.returncode == 3 and "no reason" in done.stderr


def write_bank(folder, old, new):
    (folder / "mine.txt").write_text(
        f"== mine\nlike: nothing\nfile: kern/mm/block_list.h\n- {old}\n+ {new}\n",
        encoding="ascii")


def test_a_mistake_that_changes_no_code_is_dropped_and_fails_in_the_bank(tmp_path):
    write_bank(tmp_path, "area->nr_free -= (unsigned int)n;",
               "area->nr_free -= (unsigned int)(n + 0);")
    done = run("--only", "bank:*", "--bank", tmp_path)
    assert done.returncode == 1
    assert counted(done.stdout, "bank")["same"] == 1


def test_what_does_not_compile_is_stillborn(tmp_path):
    write_bank(tmp_path, "area->nr_free -= (unsigned int)n;", "area->nr_free -= nothing;")
    done = run("--only", "bank:*", "--bank", tmp_path)
    assert done.returncode == 1
    assert counted(done.stdout, "bank")["stillborn"] == 1


def test_a_mistake_that_does_not_apply_is_the_machinerys_failure(tmp_path):
    write_bank(tmp_path, "no such line;", "nothing;")
    done = run("--only", "bank:*", "--bank", tmp_path)
    assert done.returncode == 3 and "stands 0 times" in done.stderr


# ---- the lists, and a sample ----------------------------------------------------------------------

def test_every_listed_equivalent_is_a_mutant_of_today():
    made = set(run("--list").stdout.splitlines())
    listed = [line.strip() for line in (HERE / "equivalent.txt").read_text().splitlines()
              if line and line[0] not in "# "]
    assert [name for name in listed if name not in made] == []


def test_the_bank_holds_sixty_mistakes_and_more_and_each_applies():
    entries = bank.read(HERE / "bank")
    assert len(entries) >= 60
    for entry in entries:
        text = (pathlib.Path(killers.ROOT) / entry.file).read_text()
        assert bank.apply(entry, text) != text
