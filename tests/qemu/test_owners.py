"""Who holds which pages while programs run; and who kept interrupts off for too long."""

import re

import pytest

from boot import boot
from test_prompt import PROMPT, Terminal

SHELL = b"\npagelab:/$ "
PAGE = 4096
STACK_PAGES = 4
HELLOS = 30  # so large is the file, in programs


@pytest.fixture(scope="module", name="said")
def what_the_monitor_says():
    """{command: its output}. Nothing else runs while the monitor is open: one state of things."""
    terminal = Terminal("PMM=buddy_system", "ARGS=checks=off")
    try:
        terminal.read_until(SHELL)
        terminal.type(b"cat" + b" /bin/hello" * HELLOS + b" >/tmp/file\r")
        terminal.read_until(SHELL)
        terminal.type(b"sleep &\r")  # a process and its copy
        terminal.read_until(SHELL)
        terminal.type(b"ls /tmp/file\r")
        said = {"ls": terminal.read_until(SHELL).decode()}
        terminal.type(b"kmon\r")
        terminal.read_until(b"\n" + PROMPT)
        said |= {command: terminal.command(command.encode() + b"\r").decode().replace("\r", "")
                for command in ("ps", "map", "slab", "stat")}
        terminal.type(b"off\r")
        assert terminal.wait() == 0
        return said
    finally:
        terminal.close()


@pytest.fixture(scope="module", name="pages")
def pages_by_legend(said):
    return {name: int(n) for name, n in re.findall(r"^  \S (\D+?) +(\d+) pages", said["map"], re.M)}


def processes(said):
    """(pages, shared) of each."""
    return [(int(pages), int(shared)) for pages, shared in
            re.findall(r"^ +\d+ +\d+ +\d+ .* (\d+) +(\d+) \S+$", said["ps"], re.M)]


def test_the_map_counts_the_pages_of_programs_as_ps_does_shared_ones_once(said, pages):
    both = sum(shared for _, shared in processes(said))
    assert pages["programs"] == sum(n for n, _ in processes(said)) - both > 10
    assert pages["in several"] == both / 2 > 0


def test_each_process_but_idle_has_a_kernel_stack_on_the_map(said, pages):
    assert pages["stacks"] == STACK_PAGES * (len(processes(said)) - 1) >= STACK_PAGES * 4


def test_the_map_shows_the_pages_of_a_file_and_of_slabs(said, pages):
    size = int(re.search(r"(\d+) /tmp/file", said["ls"])[1])
    assert pages["files"] == -(-size // PAGE) > 64
    assert pages["slabs"] == int(re.search(r"^(\d+) pages in slabs", said["slab"], re.M)[1])


def test_no_granted_page_is_without_an_owner(said, pages):
    owners = ("slabs", "programs", "in several", "page tables", "stacks", "files")
    assert "granted" not in pages
    assert sum(pages[owner] for owner in owners) == int(
        re.search(r" free \+ (\d+) granted", said["stat"])[1])


def test_the_map_draws_a_file_where_it_lies(said):
    assert re.search(r"^ +[0-9a-f]+  \S*f", said["map"], re.M)


def test_the_watchdog_names_who_kept_interrupts_off_for_more_than_a_second():
    """But for boot, which takes more than one second of the hart's time here."""
    run = boot("hold 900; hold 1200; ticks; off", MEM="256M", OPTS="-icount shift=10,sleep=off",
               ARGS="checks=off")
    assert run.status == 0
    assert run.output.count("interrupts were off") == 1
    assert re.fullmatch(r"warning  interrupts were off for 12[01]\d ms, until cmd_hold\+0x\w+; "
                        "process 0, idle\n", run.after("hold 1200"))


def test_a_program_that_is_ended_gives_its_memory_back_with_interrupts_on():
    """Thousands of pages, which takes seconds of the hart's time here."""
    run = boot(SH="memhog; true", MEM="32M", OPTS="-icount shift=10,sleep=off", ARGS="checks=off")
    assert run.status == 0
    assert "memory ran out" in run.output and "status -8\n" in run.output
    assert "interrupts were off" not in run.output
