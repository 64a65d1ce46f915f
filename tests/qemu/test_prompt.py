"""The prompt as a person meets it: a terminal, keys, and the terminal afterwards."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import pytest

from boot import ROOT

PROMPT = b"pagelab> "


class Terminal:
    """tools/qemu on a terminal of its own."""

    def __init__(self, *variables):
        self.master, self.slave = pty.openpty()
        self.settings = termios.tcgetattr(self.slave)
        self.seen = b""
        self.process = subprocess.Popen([ROOT / "tools/qemu", *variables], stdin=self.slave,
                                        stdout=self.slave, stderr=self.slave, cwd=ROOT,
                                        start_new_session=True)

    def read_until(self, what, seconds=30):
        """What was printed up to and with `what`; it is not read again."""
        deadline = time.monotonic() + seconds
        while what not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"no {what!r} in {self.seen[-2000:]!r}"
            if select.select([self.master], [], [], min(left, 1))[0]:
                self.seen += os.read(self.master, 65536)
        head, self.seen = self.seen.split(what, 1)
        return head + what

    def type(self, keys):
        os.write(self.master, keys)

    def command(self, keys):
        self.type(keys)
        return self.read_until(b"\n" + PROMPT)

    def wait(self):
        return self.process.wait(timeout=30)

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal():
    t = Terminal("PMM=first_fit", "INITRD=none")
    try:
        t.read_until(PROMPT)
        yield t
    finally:
        t.close()


def test_a_wrong_word_gets_one_line_and_a_new_prompt(terminal):
    assert b"unknown command 'chek'; type help" in terminal.command(b"chek\r")


def test_backspace_takes_characters_back(terminal):
    assert b"ticks, 100 a second" in terminal.command(b"tixx\x7f\x7fcks\r")


def test_backspace_stops_at_the_prompt(terminal):
    said = terminal.command(b"ab" + b"\x7f" * 10 + b"ticks\r")
    assert said.count(b"\b \b") == 2
    assert b"ticks, 100 a second" in said


def test_arrow_up_brings_back_the_line_before_and_arrow_down_the_one_after(terminal):
    terminal.command(b"pmm\r")
    terminal.command(b"ticks\r")
    assert b"* first_fit" in terminal.command(b"\x1b[A\x1b[A\r")
    assert b"ticks, 100 a second" in terminal.command(b"\x1b[A\x1b[A\x1b[B\x1b[A\r")


def test_the_history_holds_the_last_16_lines(terminal):
    for n in range(20):
        terminal.command(f"word{n}\r".encode())
    assert b"unknown command 'word4'" in terminal.command(b"\x1b[A" * 30 + b"\r")


def test_a_line_that_was_too_long_can_be_taken_back(terminal):
    assert b"ticks, 100 a second" in terminal.command(b"x" * 1100 + b"\x15ticks\r")
    assert b"ticks, 100 a second" in terminal.command(b"ticks" + b"x" * 1100 + b"\x7f" * 1100 + b"\r")


def test_a_broken_escape_sequence_ends_at_enter(terminal):
    terminal.command(b"\x1b[\r")
    assert b"ticks, 100 a second" in terminal.command(b"ticks\r")
    assert b"ticks, 100 a second" in terminal.command(b"\x1bOA\r")


def test_a_panic_after_some_ticks_shows_its_own_registers(terminal):
    terminal.command(b"ticks\r")
    terminal.type(b"panic\r")
    assert b"cause 0 " in terminal.read_until(b"backtrace:")
    assert b"cmd_panic+" in terminal.read_until(b"kern_init")


def test_the_oldest_line_is_the_end_of_the_history(terminal):
    terminal.command(b"pmm\r")
    assert b"* first_fit" in terminal.command(b"\x1b[A" * 40 + b"\r")


def test_other_keys_do_nothing(terminal):
    assert b"ticks, 100 a second" in terminal.command(b"ti\x1b[C\x1b[3~\x01\x02cks\r")


def test_control_c_gives_a_new_prompt(terminal):
    assert b"^C" in terminal.command(b"alloc 12345\x03")
    assert b"managed" in terminal.command(b"stat\r")
    assert terminal.process.poll() is None


def test_2000_pasted_characters_are_refused_in_one_line_and_lose_nothing(terminal):
    said = terminal.command(b"x" * 2000 + b"\r")
    assert b"line of 2000 characters: at most 1023 fit, nothing was done" in said
    assert b"ticks, 100 a second" in terminal.command(b"ticks\r")


def test_1000_pasted_characters_all_arrive(terminal):
    said = terminal.command(b"x" * 1000 + b"\r")
    assert b"unknown command '" + b"x" * 1000 + b"'" in said


def test_off_leaves_the_terminal_as_it_was(terminal):
    terminal.type(b"off 5\r")
    assert terminal.wait() == 5
    assert termios.tcgetattr(terminal.slave) == terminal.settings


def test_control_a_x_leaves_and_the_terminal_is_as_it_was(terminal):
    terminal.type(b"\x01x")
    assert terminal.wait() == 0
    assert termios.tcgetattr(terminal.slave) == terminal.settings


def test_a_panic_leaves_the_terminal_as_it_was(terminal):
    terminal.type(b"panic\r")
    assert terminal.wait() == 100
    assert termios.tcgetattr(terminal.slave) == terminal.settings


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return int(f.read().split()[0])


def test_qemu_killed_from_outside_is_status_125_and_the_terminal_is_as_it_was(terminal):
    os.kill(child_of(terminal.process.pid), signal.SIGKILL)
    assert terminal.wait() == 125
    assert termios.tcgetattr(terminal.slave) == terminal.settings


def test_the_prompt_stays_after_a_run_on_a_terminal():
    t = Terminal("PMM=first_fit", "RUN=pmm")
    try:
        t.read_until(b"* first_fit")
        t.read_until(PROMPT)
        assert b"managed" in t.command(b"stat\r")
    finally:
        t.close()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_idle_prompt_sleeps(terminal):
    """Under 5 % of a CPU, once QEMU's own start is over: a prompt that spins never gets there."""
    qemu = child_of(terminal.process.pid)
    seconds = []
    while len(seconds) < 8 and (not seconds or seconds[-1] >= 0.05):
        before = cpu_seconds(qemu)
        select.select([terminal.master], [], [], 1.0)  # nothing comes: an idle second
        seconds.append(cpu_seconds(qemu) - before)
    assert seconds[-1] < 0.05, seconds


def test_ticks_go_on_while_the_prompt_waits(terminal):
    def ticks():
        return int(re.search(rb"(\d+) ticks", terminal.command(b"ticks\r")).group(1))
    first = ticks()
    select.select([terminal.master], [], [], 0.2)
    assert ticks() > first
