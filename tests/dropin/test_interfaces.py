"""Old files, unchanged: what each of them relies on is there, in the judge and in the kernel."""
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "dropin"))
from monitor import boot, boots_and_can_be_looked_at  # noqa: E402

HERE = Path(__file__).resolve().parent / "interfaces"
FILES = {path.stem.removesuffix("_pmm"): path for path in sorted(HERE.rglob("*_pmm.c"))}

def test_each_listed_interface_has_its_file():
    assert set(FILES) == {"course_check", "atomic_flags", "own_orders", "nested_calls", "own_headers",
                          "kernel_address", "own_page2kva", "library", "half_of_memory"}


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_judged_right(name):
    done = subprocess.run([ROOT / "tools" / "judge", FILES[name], "--seeds", "5"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", FILES)
def test_the_file_boots_and_the_monitor_works_on_it(name):
    boots_and_can_be_looked_at(FILES[name])


def test_what_old_files_print_is_right():
    said = boot("off", PMM=str(FILES["library"])).output
    assert re.search(r"library: \d+ pages of 4096 bytes, --7  \|0beef\|     abc\|1099511627776, "
                     r"0xffffffc\w{9}, 1 10 x unspecified error\n", said), said


def test_a_check_that_is_left_out_is_said_to_be():
    run = boot("check; off", PMM=str(FILES["library"]), ARGS="checks=off")
    assert "library:" not in run.output
    assert "the policy's own check was left out at boot (checks=off)" in run.after("check")


def variant(tmp_path, name, old, new):
    """A file of ours with something wrong, in a folder whose name has a blank and a quote."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    text = FILES[name].read_text().replace('"old_first_fit.h"', f'"{HERE / "old_first_fit.h"}"')
    assert old in text
    path = folder / f"{name}_pmm.c"
    path.write_text(text.replace(old, new))
    return path


def test_a_check_that_fails_is_a_panic_at_the_line_of_the_file(tmp_path):
    path = variant(tmp_path, "own_page2kva", "== 17)", "== 18)")
    run = boot("off", PMM=str(path))
    assert run.status == 100
    assert "check at ./own_page2kva_pmm.c:13" in run.errors


def test_a_check_that_hangs_does_so_below_the_name_of_its_policy(tmp_path):
    path = variant(tmp_path, "own_page2kva", "free_page(p);", "for (;;) {}")
    with subprocess.Popen([ROOT / "tools/qemu", f"PMM={path}", "RUN=off", "TIMEOUT=60"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as running:
        said = next((line for line in running.stdout if line.startswith("policy ")), None)
        running.terminate()
    assert said == "policy   own_page2kva (linked in from a file)\n"


def test_a_check_that_keeps_a_page_is_a_panic_with_both_counts(tmp_path):
    path = variant(tmp_path, "own_page2kva", "    free_page(p);\n", "")
    run = boot("off", PMM=str(path))
    assert run.status == 100
    assert re.search(r"P4: the check of policy own_page2kva found (\d+) pages free and left \d+",
                     run.output), run.output


def test_a_page_granted_twice_is_caught_in_a_file_as_well(tmp_path):
    path = variant(tmp_path, "own_page2kva", ".alloc_pages = fit_alloc_pages",
                   ".alloc_pages = same_page")
    text = path.read_text().replace("static void\ncheck", """static struct Page *
same_page(size_t n) {
    static struct Page *first;
    return first != NULL && n == 3 ? first : (first = fit_alloc_pages(n));
}

static void
check""")
    path.write_text(text)
    run = boot("alloc 3; alloc 3; off", PMM=str(path))
    assert run.status == 100
    assert re.search("P2: policy own_page2kva granted page 0x[0-9a-f]+ to cmd_alloc", run.output)


@pytest.mark.parametrize("old,new,words", [
    ("*(size_t *)", "nowhere = *(size_t *)", [":12: missing: nowhere"]),
    ("*(size_t *)page2kva(p) = 17", "kmalloc(17)", ["missing: kmalloc"]),
    ("const struct pmm_manager kva_pmm_manager", "static const struct pmm_manager none",
     ["defines no pmm_manager"]),
    ("*(size_t *)page2kva(p) = 17", "}", ["does not compile"]),
])
def test_a_file_that_cannot_be_linked_in_is_told_why(tmp_path, old, new, words):
    path = variant(tmp_path, "own_page2kva", old, new)
    run = boot("off", PMM=str(path))
    assert run.status == 101
    assert run.output == "" or "pagelab" not in run.output
    for word in words:
        assert word in run.errors, run.errors


def test_a_constructor_which_the_kernel_would_not_run_is_refused(tmp_path):
    path = variant(tmp_path, "own_page2kva", "static void\ncheck",
                   "static volatile int ready;\n__attribute__((constructor)) static void boot(void) "
                   "{ ready = 1; }\nstatic void\ncheck")
    run = boot("off", PMM=str(path))
    assert run.status == 101 and "a constructor: nobody runs one in the kernel" in run.errors


def test_no_such_file_is_one_line():
    run = boot("off", PMM="nowhere/my_pmm.c")
    assert run.status == 101
    assert run.errors == "tools/qemu: PMM=nowhere/my_pmm.c: there is no such file\n"


def test_make_qemu_takes_a_path_too(tmp_path):
    path = variant(tmp_path, "own_page2kva", "== 17)", "== 17)")
    done = subprocess.run(["make", "-s", "qemu", f"PMM={path}", "RUN=pmm; off"], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "* own_page2kva, linked in from a file" in done.stdout.replace("\r", "")


def test_a_name_that_nobody_linked_in_is_unknown():
    assert "unknown policy 'dropin'; there are first_fit" in boot("off", PMM="dropin").output
