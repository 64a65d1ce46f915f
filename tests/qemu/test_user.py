"""Programs on the kernel: the course's, the tools, the shell, and those that mean harm.

A boot runs many: each command is followed by a line with its name and status.
"""

import functools
import re

import pytest

from boot import KINDS, ROOT, boot
from test_prompt import Terminal

KILLED = -8
# What the course's programs print, and how they end. `priority` comes first, before anybody is
# left to share its time. `waitkill` is ended by its child, whose last lines may come later than
# its own end.
COURSE = {
    "priority": (0, ["main: fork ok,now need to wait pids.", "main: wait pids over"]),
    "hello": (0, ["Hello world!!.", r"I am process \d+.", "hello pass."]),
    "/bin/exit": (0, ["I am the parent. Forking the child...", r"I am the parent, waiting now..",
                      "I am the child.", r"waitpid \d+ ok.", "exit pass."]),
    "forktest": (0, [*(f"I am child {n}" for n in range(32)), "forktest pass."]),
    "forktree": (0, [f"[0-9a-f]{{4}}: I am '{n:0{bits}b}'" for bits in range(1, 5)
                     for n in range(1 << bits)]),
    "yield": (0, [r"Hello, I am process \d+.",
                  *(rf"Back in process \d+, iteration {n}." for n in range(5)),
                  r"All done in process \d+.", "yield pass."]),
    "spin": (0, ["I am the child. spinning ...", "kill returns 0", "wait returns 0",
                 "spin may pass."]),
    "waitkill": (KILLED, ["wait child 1.", "child 1.", "child 2."]),
    "badarg": (0, ["fork ok.", "badarg pass."]),
    "badsegment": (KILLED, [r"pid \d+ \(badsegment\) is ended at .*: jump to .*: R--.*"]),
    "divzero": (0, ["value is -1.", "divzero pass."]),
    "softint": (KILLED, [r"pid \d+ \(softint\) is ended at .*: illegal instruction"]),
    "faultread": (KILLED, [r"pid \d+ \(faultread\) is ended at .*: load from 0: .*"]),
    "faultreadkernel": (KILLED, [r"pid \d+ \(faultreadkernel\) .* load from 0xffffffffc0200000.*"]),
    "testbss": (KILLED, ["Making sure bss works right...", "testbss may pass.",
                         r"pid \d+ \(testbss\) is ended at .*: store to .*"]),
    "pgdir": (0, [r"I am \d+, print pgdir.", "0000000000800000.* R-XU .*", "pgdir pass."]),
    "threads": (0, ["threads: a clone counted to 100 in our memory.",
                    "threads: a child stored 42 in the page that is ours, too.", "threads pass."]),
    "matrix": (0, ["fork ok.", r"pid \d+ done!.", "matrix pass."]),
    "sleep": (0, ["sleep 10 x 100 slices.", r"use 10[01]\d\d msecs.", "sleep pass."]),
    "sleepkill": (0, ["sleepkill pass."]),
    "ls": (0, [r"d +0 bin"]),
}
PARTS = {"rr": [1, 1, 1, 1, 1], "stride": [1, 2, 3, 4, 5]}  # of the time, by priority
LEFT_NOTHING = "all user-mode processes have quit.\ninit check memory pass.\npagelab: off 0\n"


def sections(run, commands):
    """{command: (what it printed, status)}."""
    found, rest = {}, run.output.split('name = "/bin/sh".\n', 1)[-1]
    for command in commands:
        end = re.search(rf"^={re.escape(command)} (-?\d+)$\n", rest, re.M)
        assert end, f"{command} did not end: {rest[-2000:]}"
        found[command] = rest[:end.start()], int(end.group(1))
        rest = rest[end.end():]
    return found


def run_all(commands, **variables):
    run = boot(SH="".join(f"{c};echo ={c} $?;" for c in commands) + "true", **variables)
    assert run.output.endswith(LEFT_NOTHING), run.output[-2000:]
    assert run.status == 0
    return sections(run, commands), run.output


def shares_are(parts, said):
    """The program rounds by its first child, which may be a tick ahead; we by all that was done."""
    assert re.search(r"^stride sched correct result:( \d)+$", said, re.M), said
    done = [int(n) for n in re.findall(r"^main: pid \d+, acc (\d+),", said, re.M)]
    unit = sum(done) / sum(parts)
    assert [round(n / unit) for n in done] == parts, said


@pytest.mark.parametrize("scheduler", ["rr", "stride"])
@pytest.mark.parametrize("policy", KINDS)
def test_the_courses_programs_print_its_lines_and_leave_nothing_behind(policy, scheduler):
    """Time is counted in instructions here, so that the machine's load plays no part."""
    found, output = run_all(COURSE, PMM=policy, OPTS="-icount shift=5,sleep=off",
                            ARGS=f"checks=off sched={scheduler}")
    for name, (status, lines) in COURSE.items():
        assert found[name][1] == status, found[name]
        for line in lines:
            assert re.search(rf"^{line}$", found[name][0], re.M), (name, line, found[name])
        assert "FAIL" not in found[name][0]
    shares_are(PARTS[scheduler], found["priority"][0])
    for line in "kill parent ok.", "kill child1 ok.":
        assert line in output


@pytest.mark.parametrize("policy", KINDS)
def test_each_of_the_courses_programs_alone_leaves_nothing_behind(policy):
    """Each below an init of its own, which compares memory before and after."""
    each = "".join(f'run /bin/sh -c "{name}; true"; ' for name in COURSE)
    for scheduler in PARTS:
        run = boot(each + "off", PMM=policy, OPTS="-icount shift=5,sleep=off",
                   ARGS=f"checks=off sched={scheduler}")
        assert run.status == 0, run.output
        assert run.output.count("init check memory pass.\n") == len(COURSE)


def test_boot_calls_processes_and_pipes_cost_no_more_than_they_did():
    """Instructions of the hart, which -icount makes exact. The firmware's, which waits at times,
    are of the same boot."""
    run = boot("kerninfo; run /bin/sh -c cost; off", OPTS="-icount shift=0")
    assert run.status == 0, run.output
    firmware = int(re.search(r"the firmware took (\d+) before", run.output)[1])
    cost = {what: int(n) for what, n in re.findall(r"^(.+?) +(\d+) instructions$", run.output, re.M)}
    assert cost["since reset"] < 3 * firmware
    assert cost["a system call"] < 260
    assert cost["fork, exit, wait"] < 34000
    assert cost["a pipe, there and back"] < 8500


def test_programs_that_mean_harm_leave_the_shell_usable_and_memory_whole():
    found, _ = run_all(["forkbomb 1", "memhog", "stackbomb", "closeall", "execgarbage",
                        "memhog 4", "fragment", "malloctest"], MEM="32M", ARGS="checks=off")
    assert int(re.search(r"at least (\d+) processes\n$", found["forkbomb 1"][0])[1]) > 50
    taken = re.search(r"memory ran out\nmemhog: (\d+) MiB taken and given back, status -8\n$",
                      found["memhog"][0])
    assert 20 < int(taken[1]) < 32
    assert found["stackbomb"][0].endswith("stackbomb pass.\n")
    assert found["closeall"] == ("closeall: nothing is open.\ncloseall pass.\n", 0)
    assert found["execgarbage"][0].endswith("execgarbage pass.\n")
    assert found["memhog 4"] == ("memhog: 4 MiB taken and given back, status 0\n", 0)
    assert found["malloctest"][0].endswith("malloctest pass.\n")
    before, after = (int(n) for n in re.findall(r"^order 0 blocks (\d+)", "order 0 blocks 0\n"
                                                + found["fragment"][0], re.M)[-2:])
    assert after >= before + 500
    assert all(found[name][1] == 0 for name in found)


# Each command, what it prints, and its status.
SHELL = [
    ("echo a  'b  c' \"d;e\"", "a b  c d;e\n", 0),
    ("cat /etc/policies | grep -v buddy | wc", "      4      30     205\n", 0),
    ("grep -v nothing /etc/motd /etc/policies | wc", "     13", 0),
    ("grep nothing /etc/motd", "", 1),
    ("cd /tmp && pwd", "/tmp\n", 0),
    ("echo one > f && echo two >>f && cat < f", "one\ntwo\n", 0),
    ("echo three >f; cat f | cat | cat", "three\n", 0),
    ("mkdir d; ls", "d         0 .\nd         0 ..\n-         6 f\nd         0 d\n", 0),
    ("rm d f nothing; ls", "rm: nothing: no such file or directory\n"
                           "d         0 .\nd         0 ..\n", 0),
    ("ls /bin/hello | wc", "      1       3      23\n", 0),
    ("cat d", "cat: d: no such file or directory\n", 1),
    ("cat /bin", "cat: /bin: is a directory\n", 1),
    ("nothing", "sh: nothing: no such file or directory\n", 127),
    ("/etc/motd", "sh: /etc/motd: not a program\n", 127),
    ("echo x >/etc/motd", "sh: /etc/motd: permission denied\n", 1),
    ("false || echo or", "or\n", 0),
    ("false && echo and", "", 1),
    ("true | false", "", 1),
    ("false | true", "", 0),
    ("sh -c 'exit 300'", "", 300),
    ("sh -c 'echo \"'", "sh: a quote is not closed: \"\n", 2),
    ("echo 'pwd; false' | sh", "/tmp\n", 1),
    ("echo echo script >s; sh s; rm s", "script\n", 0),
    ("sleep 0 & sleep 0 & wait", "", 0),
    ("cat &", "", 0),
    ("cat /dev/zero | true", "cat: the output: nobody reads the pipe\n", 0),
    ("kill 1 9999 x", "kill: 1: invalid argument\nkill: 9999: no such process\n"
                      "kill: x: invalid argument\n", 1),
    ("time false", r"\d+.\d{3} s\n", 1),
    ("ps | grep ' ps'", r" +\d+ +2 .* ps\n", 0),
    ("free", r" +total KiB +used KiB +free KiB\n +\d+ +\d+ +\d+\n", 0),
    ("meminfo | grep policy", "policy best_fit\n", 0),
    ("buddyinfo | grep largest", r"largest \d+\n", 0),
    ("true > /dev/full", "sh: /dev/full: permission denied\n", 1),
]


@functools.lru_cache(maxsize=None)
def shell_sections():
    """By number: a line of boot arguments has no room for each command twice."""
    found = {}
    for part in range(0, len(SHELL), 11):
        commands = SHELL[part:part + 11]
        text = "cd /tmp;" + "".join(f"{c};echo ={part + n} $?;" if not c.endswith("&") else
                                    f"{c} echo ={part + n} $?;"
                                    for n, (c, _, _) in enumerate(commands)) + "true"
        run = boot(SH=text, PMM="best_fit", ARGS="checks=off")
        assert run.output.endswith(LEFT_NOTHING), run.output[-2000:]
        found.update(sections(run, [str(part + n) for n in range(len(commands))]))
    return found


def test_the_shell_and_the_tools_do_what_they_say():
    for n, (command, printed, status) in enumerate(SHELL):
        said, ended = shell_sections()[str(n)]
        exact = said == printed or re.fullmatch(printed, said) or (
            said.startswith(printed) and not printed.endswith("\n") and printed != "")
        assert exact and ended == status, (command, said, ended)


def test_the_status_of_the_last_command_is_that_of_the_run():
    assert boot(SH="true; exit 7", ARGS="checks=off").status == 7
    assert boot(SH="sh -c 'exit 300'", ARGS="checks=off").status == 99


def test_a_person_at_the_prompt_edits_completes_recalls_and_interrupts():
    terminal = Terminal("PMM=first_fit", "ARGS=checks=off")
    prompt = b"\r\npagelab:/$ "

    def answer(keys):
        terminal.type(keys)
        return terminal.read_until(prompt)

    try:
        terminal.read_until(prompt)
        assert b"hello pass." in answer(b"hel\t\r")
        assert b"memhog meminfo" in answer(b"me\t\t")
        answer(b"\x15\r")
        assert b"or what" in answer(b"xcho or wht\x1b[Da\x1b[H\x1b[3~e\r")
        assert b"hello pass." in answer(b"\x1b[A\x1b[A\r")
        terminal.type(b"cat\r")
        terminal.read_until(b"cat\r")
        terminal.type(b"typed\r")
        terminal.read_until(b"typed")
        terminal.read_until(b"typed")
        assert b"-8" in answer(b"\x03") + answer(b"echo $?\r")
        terminal.type(b"forkbomb 100\r")
        terminal.read_until(b"memory ran out")
        answer(b"\x03")
        while b"KiB" not in answer(b"free\r"):
            pass
        assert b"forkbomb" not in answer(b"ps\r")
        assert b"^C" in answer(b"echo abc\x03")
        terminal.type(b"kmon\r")
        terminal.read_until(b"\npagelab> ")
        terminal.type(b"stat\r")
        terminal.read_until(b"managed")
        terminal.read_until(b"\npagelab> ")
        terminal.type(b"exit\r")
        terminal.read_until(prompt)
        terminal.type(b"exit 5\r")
        assert terminal.wait() == 5
    finally:
        terminal.close()


def test_commands_from_a_pipe_are_the_shells():
    run = boot(stdin=b"echo one\noff 4\n", ARGS="checks=off")
    assert run.status == 4
    assert "one\n" in run.output.split("echo one", 1)[1]


def test_programs_from_outside_stand_beside_ours_and_bring_what_they_like():
    run = boot(PROGS=str(ROOT / "tests/qemu/old_programs"), ARGS="checks=off",
               SH="own_runtime a bc; echo =own $?; sloppy; echo =sloppy $?; hello")
    assert run.output.endswith("another hello\n" + LEFT_NOTHING), run.output[-2000:]
    found = sections(run, ["own", "sloppy"])
    assert found["own"] == ("written\nown run-time: 3 arguments, the last is bc; "
                            "child 0, 42; 8 bytes\n", 3)
    assert found["sloppy"] == ("sloppy has 7 bytes, 2^40 is 1099511627776\nrun by sloppy\n", 0)


def test_a_program_that_does_not_compile_is_named_with_the_line(tmp_path):
    (tmp_path / "wrong.c").write_text("int main(void) {\n    return undefined_word;\n}\n")
    run = boot(PROGS=str(tmp_path), SH="wrong")
    assert run.status == 101 and run.output == ""
    assert re.search(r"^tools/qemu: PROGS=.*wrong.c: .*", run.errors)
    assert "wrong.c:2" in run.errors and "undefined_word" in run.errors
