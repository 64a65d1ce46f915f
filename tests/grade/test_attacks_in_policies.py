"""Policies that reach for more than pages: none gets a point by it, or has an effect outside.

Each is shown to work once the defences that stand against it are switched off.
"""
import shutil
import subprocess

import pytest

import handing_in
from handing_in import FIRST_FIT, LOST, NOT_BUILT, OWN_FAULT, REJECTED, SINGLES, grade

# What sets the attack off; each is followed by a policy that is right.
IN_ALLOC = "#define BEFORE_ALLOC reach()\n"
CONSTRUCTOR = "__attribute__((constructor)) static void first(void) { reach(); }\n"
PREINIT = ("__attribute__((section(\".preinit_array\"), used)) "
           "static void (*const first)(void) = reach;\n")
IFUNC = """
#ifdef __x86_64__
static void ready(void) { }
static void (*resolve(void))(void) { reach(); return ready; }
static void before(void) __attribute__((ifunc("resolve")));
#else
static void before(void) { }
#endif
#define BEFORE_ALLOC before()
"""
HIDDEN = "#define HIDDEN\n"
FORK = """
static void by_a_process_of_its_own(void) {
    static bool done;
    if (!done && call(FORK, 0, 0, 0) == 0) {
        reach();
        call(EXIT, 0, 0, 0);
    }
    done = true;
}
#define BEFORE_ALLOC by_a_process_of_its_own()
"""
IMPATIENT = """
from grader import marking
judge = marking.judge
marking.judge = lambda child, folder, options, limits: judge(
    child, folder, [*options, "--timeout-ms", "200"], limits)
"""
KILL = "#define BEFORE_ALLOC call(KILL, call(GETPPID, 0, 0, 0), 9, 0)\n"
TRACE = ("static void trace(void) { if (call(PTRACE, SEIZE, call(GETPPID, 0, 0, 0), 0) == 0) { reach(); "
         "} }\n#define BEFORE_ALLOC trace()\n")


@pytest.fixture(name="marker")
def make_marker(tmp_path):
    (tmp_path / "outside").mkdir()
    return tmp_path / "outside/marker"


def reaching(folder, marker, trigger, first=""):
    text = first + (handing_in.ATTACKS / "reach.h").read_text().replace("@MARKER@", str(marker))
    text += trigger + (handing_in.ATTACKS / "policy.h").read_text()
    return handing_in.hand_in(folder / "submission", text)


TRIGGERS = {"in_alloc": IN_ALLOC, "constructor": CONSTRUCTOR, "preinit_array": PREINIT,
            "ifunc": IFUNC, "fork": FORK, "trace": TRACE}


@handing_in.needs_x86
@pytest.mark.parametrize("name", TRIGGERS)
def test_system_calls_are_refused_at_the_gate(tmp_path, marker, name):
    done = grade(*SINGLES, submission=reaching(tmp_path, marker, TRIGGERS[name]))
    assert done.returncode == REJECTED, done.stdout + done.stderr
    assert "instruction syscall" in done.stdout
    assert handing_in.got(done) == 0 and not marker.exists()


@handing_in.needs_x86
@pytest.mark.parametrize("name", TRIGGERS)
def test_without_defences_they_read_the_seed_and_write_a_file(tmp_path, marker, name):
    done = grade(*SINGLES, submission=reaching(tmp_path, marker, TRIGGERS[name]),
                 off=("gate", "program", "confine", "sandbox", "guest"))
    assert marker.exists(), done.stdout + done.stderr
    assert b"--seed" in marker.read_bytes() or name == "fork"  # whose parent is another


@handing_in.needs_x86
@pytest.mark.parametrize("name", ["in_alloc", "constructor", "preinit_array", "fork",
                                  "trace"])
def test_past_the_gate_the_child_has_no_system_calls(tmp_path, marker, name):
    done = grade(*SINGLES, submission=reaching(tmp_path, marker, TRIGGERS[name]),
                 off=("gate", "sandbox", "guest"))
    assert done.returncode in (LOST, OWN_FAULT), done.stdout + done.stderr
    assert not handing_in.got(done) and not marker.exists()


@handing_in.needs_x86
def test_past_the_gate_a_resolver_is_found_in_the_linked_program(tmp_path, marker):
    """As it would run before the filter is there."""
    submission = reaching(tmp_path, marker, IFUNC)
    done = grade(*SINGLES, submission=submission, off=("gate", "sandbox"))
    assert done.returncode == REJECTED and not marker.exists(), done.stdout + done.stderr
    grade(*SINGLES, submission=submission, off=("gate", "sandbox", "program", "guest"))
    assert marker.exists()


@handing_in.needs_x86
@handing_in.needs_walls
@pytest.mark.parametrize("name", TRIGGERS)
def test_past_gate_and_filter_nothing_outside_can_be_reached(tmp_path, marker, name):
    grade(*SINGLES, submission=reaching(tmp_path, marker, TRIGGERS[name]),
          off=("gate", "program", "confine", "guest"))
    assert not marker.exists()


@handing_in.needs_x86
def test_an_instruction_inside_another_passes_the_gate_and_ends_the_child(tmp_path, marker):
    submission = reaching(tmp_path, marker, IN_ALLOC, HIDDEN)
    done = grade(*SINGLES, submission=submission)
    assert done.returncode == LOST and handing_in.got(done) == 0
    assert "alloc_pages(1) called the operating system" in done.stdout
    grade(*SINGLES, submission=submission, off=("confine", "sandbox"))
    assert b"--seed" in marker.read_bytes()


@handing_in.needs_x86
def test_who_kills_the_judge_gets_no_points_but_another_run(tmp_path, marker):
    submission = reaching(tmp_path, marker, KILL)
    assert grade(*SINGLES, submission=submission).returncode == REJECTED
    done = grade(*SINGLES, submission=submission, off=("gate",))
    assert done.returncode == LOST and "called the operating system" in done.stdout
    done = grade(*SINGLES, submission=submission, off=("gate", "confine"))
    assert done.returncode == OWN_FAULT and "points" not in done.stdout
    assert "the judge ended with" in done.stderr


@handing_in.needs_x86
def test_a_child_that_was_killed_is_no_zero(tmp_path, marker):
    """As by a machine that has run out of memory: no policy can do that to itself."""
    submission = reaching(tmp_path, marker, KILL.replace("GETPPID", "GETPID"))
    done = grade(*SINGLES, submission=submission, off=("gate", "confine", "guest"))
    assert done.returncode == OWN_FAULT and "points" not in done.stdout
    assert "the child was ended: Killed" in done.stderr, done.stderr


@pytest.mark.parametrize("code,told", [
    ("__thread int x;\nint *y(void) { return &x; }\n", "a symbol of type TLS"),
    ("void f(void) { __asm__ volatile(\"ecall\"); }\n", "f: the instruction ecall"),
    ("void f(void) { __asm__ volatile(\".word 0xf1402573\"); }\n", "f: the instruction"),
    ("static int x __attribute__((section(\".mine\"), used));\n", ".mine: a section"),
    ("__asm__(\".pushsection .fini_array,\\\"aw\\\"\\n.quad 0\\n.popsection\");\n", "fini_array"),
    ("int system(const char *);\nint f(void) { return system(\"true\"); }\n", "system"),
    ("const struct pmm_manager second_pmm_manager;\n", "several managers"),
    ("void __gcov_x(void);\nvoid f(void) { __gcov_x(); }\n", "__gcov_x: used"),
], ids=["thread", "ecall", "csr", "section", "fini_array", "system", "second_manager",
        "like_a_compilers"])
def test_what_is_no_plain_code_or_data_is_refused(tmp_path, code, told):
    riscv = "instruction" in told
    code = f"#ifdef __riscv\n{code}\n#endif\n" if riscv else code
    if riscv and not shutil.which("riscv64-unknown-elf-gcc"):
        pytest.skip("no cross compiler")
    text = (handing_in.ROOT / FIRST_FIT).read_text() + code
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path, text))
    assert done.returncode == REJECTED, done.stdout + done.stderr
    assert told in done.stdout and handing_in.got(done) == 0


@pytest.mark.parametrize("world,hook", [("#ifdef __riscv", "BEFORE_MEMMAP(n)"),
                                        ("#ifndef __riscv", "BEFORE_FREE")], ids=["kernel", "host"])
def test_who_hangs_is_waited_for_no_longer_than_a_call_may_take(tmp_path, world, hook):
    text = '#include "block_list.h"\n#include "pmm.h"\n' + world
    text += f"\n#define {hook} for (;;) {{ }}\n#endif\n"
    text += (handing_in.ATTACKS / "policy.h").read_text()
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path, text), more=IMPATIENT)
    assert done.returncode == LOST and "hang: " in done.stdout, done.stdout + done.stderr


# A grader that compiles whatever it is given, and picks the manager by its name.
TRUSTING = """
import subprocess
from grader import build
def compile_object(lab, source, out, cc="gcc -O2", nm="nm", objcopy="objcopy"):
    folders = [f"-I{lab.tree}/{part}" for part in ("libs", "kern/mm")]
    subprocess.run([*cc.split(), "-w", *folders, "-c", source, "-o", out], check=True)
    subprocess.run([objcopy, "--redefine-sym=default_pmm_manager=dropin_pmm_manager", out],
                   check=True)
build.compile_object = compile_object
"""


def test_where_any_name_may_be_used_a_policy_starts_programs(tmp_path, marker):
    code = ("int system(const char *);\nstatic int started;\n"
            f'#define BEFORE_ALLOC started++ == 0 && system("touch {marker}")\n')
    text = '#include "block_list.h"\n#include "pmm.h"\n' + code
    text += (handing_in.ATTACKS / "policy.h").read_text()
    submission = handing_in.hand_in(tmp_path / "s", text)
    assert grade(*SINGLES, submission=submission).returncode == REJECTED and not marker.exists()
    grade(*SINGLES, submission=submission, more=TRUSTING,
          off=("gate", "confine", "sandbox", "guest"))
    assert marker.exists()


def test_where_the_manager_is_picked_by_name_a_second_one_goes_unseen(tmp_path):
    text = (handing_in.ROOT / FIRST_FIT).read_text() + "const struct pmm_manager second_pmm_manager;\n"
    submission = handing_in.hand_in(tmp_path / "s", text)
    assert handing_in.got(grade(*SINGLES, submission=submission)) == 0
    done = grade(*SINGLES, submission=submission, more=TRUSTING, off=("gate", "guest"))
    assert handing_in.got(done) == 10, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["", "#define MODEST\n"], ids=["bold", "modest"])
def test_a_policy_of_words_gets_nothing(tmp_path, name):
    submission = handing_in.hand_in(tmp_path, name + handing_in.attack("nothing"))
    done = grade("--only", "first_fit/*", submission=submission)
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout


@pytest.mark.parametrize("name", ["", "#define COSTS\n"], ids=["as overhead", "as the price"])
def test_who_keeps_for_itself_what_it_cannot_give_gets_nothing(tmp_path, name):
    submission = handing_in.hand_in(tmp_path, name + handing_in.attack("hoards"))
    done = grade("--only", "first_fit/*", submission=submission)
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout


@pytest.mark.parametrize("name,words", [("", "gives up early"),
                                        ("#define KEEPS\n", "keeps a large part of memory")],
                         ids=["all or one", "little of it"])
def test_who_has_no_use_for_most_of_memory_loses_what_needs_it(tmp_path, name, words):
    submission = handing_in.hand_in(tmp_path, name + handing_in.attack("all_or_one"),
                                    "kern/mm/own_pmm.c")
    done = grade("--only", "own/[sle][itx][agh]*", submission=submission)
    assert {"own/light", "own/exhausts"} <= handing_in.lost(done), done.stdout
    assert words in done.stdout


def test_all_or_one_page_is_no_buddy(tmp_path):
    submission = handing_in.hand_in(tmp_path, handing_in.attack("all_or_one"),
                                    "kern/mm/buddy_system_pmm.c")
    done = grade("--only", "buddy_system/light", submission=submission)
    assert handing_in.lost(done) == {"buddy_system/light"}
    assert "nobody ever had any of" in done.stdout


def test_its_words_and_its_check_win_where_output_is_graded(tmp_path):
    source = tmp_path / "nothing_pmm.c"
    source.write_text(handing_in.attack("nothing"))
    said = subprocess.run([handing_in.ROOT / "tools/qemu", f"PMM={source}", "RUN=check; off"],
                          capture_output=True, text=True, timeout=120, check=False).stdout
    for expected in ("check_alloc_page() succeeded!", "100/100 points",
                     "check: the policy's own check ran at boot and passed"):
        assert expected in said.splitlines(), said


def test_who_says_that_only_single_pages_can_be_had_loses_all_that_needs_more(tmp_path):
    text = (handing_in.ROOT / "tests/judge/policies/variants.c").read_text()
    text = "#define MISTAKE TOP_SIZE_1\n" + text
    done = grade("--task", "first_fit", submission=handing_in.hand_in(tmp_path, text))
    kept = set(handing_in.marks(done)) - handing_in.lost(done)
    assert not kept & {f"first_fit/{test}" for test in ("light", "merges", "exhausts", "placement")}


# ---- while it is compiled ----------------------------------------------------------------------

def including(folder, line):
    return handing_in.hand_in(folder / "submission", line + "\n")


@handing_in.needs_walls
@pytest.mark.parametrize("line", [f'#include "{handing_in.ROOT / FIRST_FIT}"',
                                  '#include "best_fit_pmm.c"'], ids=["by its path", "by its name"])
def test_the_reference_cannot_be_included(tmp_path, line):
    done = grade(*SINGLES, submission=including(tmp_path, line))
    assert done.returncode == NOT_BUILT and handing_in.got(done) == 0


def test_without_walls_it_can(tmp_path):
    submission = including(tmp_path, f'#include "{handing_in.ROOT / FIRST_FIT}"')
    assert handing_in.got(grade(*SINGLES, submission=submission, off=("sandbox",))) == 10


@handing_in.needs_walls
def test_a_file_of_the_host_cannot_be_taken_into_the_object(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("not for students")
    text = (handing_in.ROOT / FIRST_FIT).read_text()
    text += f'__asm__(".pushsection .rodata\\n.incbin \\"{secret}\\"\\n.popsection");\n'
    submission = handing_in.hand_in(tmp_path / "s", text)
    assert grade(*SINGLES, submission=submission).returncode == NOT_BUILT
    assert handing_in.got(grade(*SINGLES, submission=submission, off=("sandbox",))) == 10


BOUNDS = "from grader import build, sandbox\nbuild.COMPILER = sandbox.Bounds(%s)\n"
DOUBLING = "#define A0 0,0,0,0,0,0,0,0\n" + "".join(
    f"#define A{i} A{i - 1},A{i - 1},A{i - 1},A{i - 1}\n" for i in range(1, 16)) + "int a[] = {A15};\n"


@pytest.mark.parametrize("text", ['#include "/dev/zero"\n', DOUBLING], ids=["endless", "doubling"])
def test_a_file_that_never_compiles_is_given_up(tmp_path, text):
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path, text),
                 more=BOUNDS % "cpu_s=3, wall_s=20, memory_mb=400")
    assert done.returncode == NOT_BUILT and handing_in.got(done) == 0, done.stdout
    assert "compiling it takes more than" in done.stdout


def test_without_limits_it_takes_until_the_clock_runs_out(tmp_path):
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path, DOUBLING), off=("limits",),
                 more=BOUNDS % "cpu_s=1, wall_s=3, memory_mb=400")
    assert "too long" in done.stdout and done.returncode == NOT_BUILT


def test_messages_reach_the_terminal_without_control_characters(tmp_path):
    submission = handing_in.hand_in(tmp_path, "#error \033]0;title\007\033[2J\n")
    done = grade(*SINGLES, submission=submission)
    assert done.returncode == NOT_BUILT and "title" in done.stdout
    assert "\033" not in done.stdout + done.stderr
    assert "\033" in grade(*SINGLES, submission=submission, off=("plain",)).stdout


def test_what_a_policy_says_reaches_the_terminal_without_control_characters(tmp_path):
    text = '#include "block_list.h"\n#include "pmm.h"\n'
    text += '#define BEFORE_ALLOC panic("\\033[2J\\033]0;title\\007")\n'
    text += (handing_in.ATTACKS / "policy.h").read_text()
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path, text))
    assert "title" in done.stdout and "\033" not in done.stdout + done.stderr


def test_of_a_flood_of_messages_a_few_lines_are_shown(tmp_path):
    """Both of the compiler's, and of the policy's own: what it prints goes nowhere."""
    flood = "x y;\n" * 2000
    done = grade("--task", "test_the_tests", submission=handing_in.hand_in(tmp_path / "a", flood,
                                                                           "pmm_check.c"))
    assert done.returncode == NOT_BUILT and len(done.stdout) < 5000
    told = subprocess.run(["gcc", "-c", "-o", "/dev/null", tmp_path / "a/pmm_check.c"],
                          capture_output=True, check=False).stderr
    assert len(told) > 150000  # what a grader would hand on that shows what compilers say
    text = '#include "block_list.h"\n#include "pmm.h"\n#include "stdio.h"\n'
    text += '#define BEFORE_ALLOC for (int i = 0; i < 20; i++) { cprintf("10/10 points\\n"); }\n'
    text += (handing_in.ATTACKS / "policy.h").read_text()
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path / "b", text))
    assert done.stdout.count("points") == 1
