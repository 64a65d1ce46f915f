"""The kernel boots: every policy, several sizes of memory, and every way to end."""

import os
import re
import subprocess

import pytest

from boot import POLICIES, ROOT, boot

SIZES = {"16M": 16, "128M": 128, "1G": 1024, "4G": 4096}


@pytest.mark.parametrize("memory", SIZES)
@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_boots_with_any_memory_and_passes_its_checks(policy, memory):
    if memory == "16M" and "fw_jump" in os.environ.get("PAGELAB_OPTS", ""):
        pytest.skip("fw_jump puts the device tree at 34 MiB")
    run = boot("drain; check; off", PMM=policy, MEM=memory)
    assert run.status == 0, run.output
    assert f"policy   {policy} (by pmm=)" in run.output
    assert f"memory   {SIZES[memory]}.0 MiB found" in run.output
    assert "basic_check: passed" in run.output
    assert "all pages accounted for" in run.output
    assert re.search(r"drain: of (\d+) free pages \1 were taken one by one and freed again, \1 are",
                     run.output)


def test_clang_builds_a_kernel_that_passes_its_checks(tmp_path):
    done = subprocess.run(["make", "-s", "LLVM=1", "SAN=", f"B={tmp_path}"], cwd=ROOT, text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    assert done.returncode == 0, done.stdout
    run = boot("failsweep; check; off", KERNEL=tmp_path / "kernel.elf")
    assert run.status == 0, run.output
    assert "nothing lost\n" in run.after("failsweep")


def test_the_first_screen_fits_80_by_24():
    lines = boot("off").output.split("type help; leave with off or ctrl-A x\n")[0].split("\n")
    assert len(lines) < 22
    assert max(map(len, lines)) <= 80


def test_the_default_is_first_fit_and_says_so():
    assert "policy   first_fit (the default" in boot("off").output


def test_an_unknown_policy_is_named_with_the_valid_ones():
    run = boot("off", PMM="nonsense")
    assert run.status == 101
    assert f"unknown policy 'nonsense'; there are {' '.join(POLICIES)}" in run.output


def test_an_unknown_boot_argument_is_named():
    run = boot("off", ARGS="colour=blue")
    assert run.status == 101
    assert "unknown boot argument 'colour=blue'" in run.output


def test_checks_can_be_left_out():
    assert "policy's own left out (checks=off)" in boot("off", ARGS="checks=off").output


@pytest.mark.parametrize("command, status", [("off", 0), ("off 7", 7), ("off 99", 99)])
def test_off_hands_its_status_to_the_host(command, status):
    run = boot(command)
    assert run.status == status
    assert run.output.endswith(f"pagelab: off {status}\n")


@pytest.mark.parametrize("command", ["off 100", "off x", "off -1", "chek", "alloc", "alloc 1 2",
                                     "alloc x", "alloc 0", "alloc -4", "alloc 99999999999999999999",
                                     "free 1", "free x", "free #"])
def test_a_wrong_command_fails_the_run_with_one_clear_line(command):
    run = boot(f"{command}; off")
    assert run.status == 1
    lines = run.after(f"{command}").split("\n")
    assert lines[1] == "pagelab: off 1", run.output
    assert len(lines[0]) > 10


def test_a_quote_that_is_not_closed_is_shown():
    run = boot("panic 'a; off")
    assert run.status == 1
    assert "a quote is not closed: 'a; off" in run.output


def test_a_quote_inside_a_word_is_a_character():
    run = boot("panic don't; off")
    assert run.status == 100
    assert "asked for: don't\n" in run.output


def test_a_run_without_off_ends_after_its_last_command():
    run = boot("dump")
    assert run.status == 0
    assert run.output.endswith("pagelab: off 0\n")


def test_commands_from_a_pipe_are_obeyed():
    run = boot(stdin=b"alloc 3\noff 4\n", INITRD="none")
    assert run.status == 4
    assert "#1: 3 pages" in run.output


def test_a_closed_input_ends_the_kernel():
    assert boot().status == 0


def test_semicolons_and_quotes_separate_commands():
    run = boot("panic 'a;b \"c'")
    assert run.status == 100
    assert "asked for: a;b \"c" in run.output


def test_a_panic_names_the_calls_that_led_to_it():
    run = boot("panic")
    assert run.status == 100
    trace = run.output.split("backtrace:\n")[1]
    names = re.findall(r"#\d+ 0x[0-9a-f]{16} (\w+)\+0x", trace)
    assert names[1] == "cmd_panic"
    assert names[-1] == "kern_init"
    assert "cmd_panic at kern/debug/monitor.c:" in run.errors


def test_a_bad_store_is_trapped_with_registers_and_the_function_that_did_it():
    run = boot("panic fault")
    assert run.status == 100
    assert re.search(r"store page fault at 0xffffffffc02\w+, address 0x10\n", run.output)
    assert re.search(r"cause f  tval 10\n", run.output)
    assert re.search(r"#0 0xffffffffc02\w+ cmd_panic\+0x", run.output)
    assert "cmd_panic at kern/debug/monitor.c:" in run.errors


@pytest.mark.parametrize("memory", ["128M", "8G"])  # 8G: a second with interrupts off
def test_no_tick_is_lost(memory):
    run = boot("ticks; off", MEM=memory)
    ticks = int(re.search(r"(\d+) ticks", run.output).group(1))
    milliseconds = int(re.search(r"(\d+) ms since boot", run.output).group(1))
    assert -2 <= ticks - milliseconds // 10 <= 1
    assert milliseconds > 0


def test_the_console_is_the_newest_that_the_firmware_has():
    said = boot("kerninfo; off").after("kerninfo")
    version = int(re.search(r"SBI (\d+)\.", said).group(1))
    assert ("debug console" if version >= 2 else "legacy console") in said


def test_an_initrd_is_left_alone(tmp_path):
    initrd = tmp_path / "initrd"
    initrd.write_bytes(b"x" * 5000)
    run = boot("mem; drain; check; off", OPTS=f"-initrd {initrd}")
    assert run.status == 0, run.output
    assert re.search(r"^initrd +0x\w+\.\.0x\w+ +4 KiB", run.output, re.M)
