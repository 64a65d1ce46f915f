"""tools/qemu apart from the kernel: its arguments, its statuses, the terminal it gives back.

QEMU is a script of a few lines here; tests/qemu boots the real thing.
"""
import os
import pathlib
import pty
import signal
import subprocess
import termios

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "qemu"
OFF = "echo 'pagelab: off 0'"


@pytest.fixture(name="kernel")
def fixture_kernel(tmp_path):
    path = tmp_path / "kernel.elf"
    path.write_text("only its name matters\n")
    return path


@pytest.fixture(name="command")
def fixture_command(tmp_path, kernel):
    """The command line of tools/qemu with a QEMU that is this shell script."""
    def command(script, *arguments):
        fake = tmp_path / "fake-qemu"
        fake.write_text("#!/bin/sh\n" + script + "\n")
        fake.chmod(0o755)
        return [str(TOOL), "QEMU=%s" % fake, "KERNEL=%s" % kernel, *arguments]
    return command


def run(command, stdin="", **environment):
    return subprocess.run(command, input=stdin, env={**os.environ, **environment}, timeout=30,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("argument", [
    "MEM=12Q", "MEM=-1", "MEM=0", "MEM=1M", "SMP=0", "SMP=x", "SMP=513", "TIMEOUT=soon", "PMM=a.c",
    "PMM=a/b", "PMM=two words", "ARGS=run=dump", "ARGS=x sh=ls", "COLOR=red", "dump",
    "PROGS=no/such/folder", "INITRD=no/such/file",
    pytest.param("RUN=two\nlines", id="two lines"),
    pytest.param("RUN=" + "x" * 2000, id="too long"),
])
def test_a_bad_argument_is_refused_in_one_line_that_names_it(command, argument):
    done = run(command("echo started", argument))
    assert done.returncode == 101
    assert done.stdout == ""
    assert done.stderr.startswith("tools/qemu: ") and done.stderr.count("\n") == 1
    assert argument.partition("=")[0] in done.stderr


def test_commands_are_for_the_monitor_or_for_the_shell(command):
    done = run(command("echo started", "RUN=stat", "SH=ls"))
    assert (done.returncode, done.stdout) == (101, "")
    assert done.stderr == "tools/qemu: RUN and SH: only one of them can be given\n"


def test_without_qemu_one_line_says_what_to_run(kernel):
    done = run([str(TOOL), "QEMU=no-such-program", "KERNEL=%s" % kernel])
    assert done.returncode == 125
    assert done.stderr == "tools/qemu: no no-such-program here: run tools/setup run\n"


def test_without_a_kernel_one_line_says_what_to_run(command, tmp_path):
    done = run(command("echo started", "KERNEL=%s" % (tmp_path / "none.elf")))
    assert done.returncode == 125
    assert done.stderr.endswith("none.elf: run make\n") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("script, status", [
    pytest.param(script, status, id=name) for name, script, status in [
        ("off", OFF, 0),
        ("off with blank lines", "printf 'pagelab: off 0\\r\\r\\n\\n'", 0),
        ("off 7", "echo 'pagelab: off 7'; exit 7", 7),
        ("off 7 without test device", "echo 'pagelab: off 7'", 7),
        ("panic", "echo 'pagelab: off 100'; exit 100", 100),
        ("panic that cannot print", "exit 100", 100),
        ("unknown policy", "echo 'pagelab: off 101'; exit 101", 101),
        ("silent, as after a signal", "exit 0", 125),
        ("silent, as after a bad option", "exit 1", 125),
        ("killed", "kill -9 $$", 125),
        ("killed after off", OFF + "; kill -9 $$", 125),
        ("off is not the last line", OFF + "; echo more", 125),
        ("off is not a line of its own", "echo 'x pagelab: off 0'", 125),
        ("off 0 and status 3", OFF + "; exit 3", 125),
    ]])
def test_the_status_is_the_kernels_or_says_that_it_gave_none(command, script, status):
    done = run(command(script))
    assert done.returncode == status
    assert ("tools/qemu: " in done.stderr) == (status == 125)


@pytest.mark.parametrize("commands", ["RUN=off", "SH=spin"])
def test_a_run_that_does_not_end_is_stopped_with_status_124(command, commands):
    done = run(command("echo going; exec sleep 1000", commands, "TIMEOUT=1"))
    assert done.returncode == 124
    assert done.stdout == "going\n"
    assert done.stderr == "tools/qemu: no end after 1 s (TIMEOUT): QEMU was stopped\n"


def test_output_passes_unchanged_byte_for_byte(command, tmp_path):
    everything = bytes(range(256)) * 300
    (tmp_path / "bytes").write_bytes(everything)
    done = subprocess.run(command("cat '%s'; printf '\\npagelab: off 0'" % (tmp_path / "bytes")),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=30, check=True)
    assert done.stdout == everything + b"\npagelab: off 0"


ECHO_UNTIL_OFF = r"""
echo ready
while read -r line; do
    echo "got $line"
    [ "$line" = off ] && break
done
""" + OFF


@pytest.mark.parametrize("stdin, lines", [
    ("", ["off"]),
    ("stat\noff\nnot read\n", ["stat", "off"]),
    ("stat\ndump\n", ["stat", "dump", "off"]),
    ("sta", ["sta", "off"]),
    ("x\n" * 50000, ["x"] * 50000 + ["off"]),
], ids=["nothing", "with off", "without off", "half a line", "more than a pipe holds"])
def test_the_kernel_reads_our_stdin_and_is_switched_off_at_its_end(command, stdin, lines):
    done = run(command(ECHO_UNTIL_OFF), stdin)
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["ready", *("got " + line for line in lines),
                                        "pagelab: off 0"]


def test_commands_given_with_run_leave_stdin_alone(command):
    done = subprocess.run(
        ["sh", "-c", '"$@" >/dev/null; cat', "sh", *command("cat; " + OFF, "RUN=stat")],
        input="for the next one\n", stdout=subprocess.PIPE, timeout=30, text=True, check=True)
    assert done.stdout == "for the next one\n"


SHOW_ARGUMENTS = "for each; do echo \"<$each>\"; done; " + OFF


@pytest.mark.parametrize("reader", ["RUN", "SH"])
def test_boot_arguments_end_with_the_commands_as_they_were_given(command, reader):
    text = """say "a; b"; it's 'c'; off $HOME"""
    done = run(command(SHOW_ARGUMENTS, "PMM=best_fit", "ARGS=checks=off", reader + "=" + text))
    assert "<pmm=best_fit checks=off batch %s=%s>\n" % (reader.lower(), text) in done.stdout


@pytest.mark.parametrize("arguments, given", [
    ([], True), (["SH=ls"], True), (["RUN=stat; run /bin/hello"], True), (["RUN=stat"], False),
    (["INITRD=none"], False), (["INITRD=none", "SH=ls"], False),
], ids=["nothing", "sh", "run a program", "run", "none", "none for sh"])
def test_the_archive_beside_the_kernel_is_given_unless_only_the_monitor_runs(command, kernel,
                                                                             arguments, given):
    archive = kernel.parent / "initrd.cpio"
    archive.write_text("only its name matters\n")
    done = run(command(SHOW_ARGUMENTS, *arguments))
    assert ("<-initrd>\n<%s>\n" % archive in done.stdout) == given


def test_another_archive_can_be_given_but_must_be_there(command, tmp_path):
    other = tmp_path / "other.cpio"
    assert run(command(SHOW_ARGUMENTS, "INITRD=%s" % other)).returncode == 101
    other.write_text("only its name matters\n")
    done = run(command(SHOW_ARGUMENTS, "RUN=stat", "INITRD=%s" % other))
    assert "<-initrd>\n<%s>\n" % other in done.stdout


def test_memory_and_harts_reach_qemu(command):
    lines = run(command(SHOW_ARGUMENTS, "MEM=64g", "SMP=4")).stdout.splitlines()
    assert lines[lines.index("<-m>") + 1] == "<%dB>" % (64 << 30)
    assert lines[lines.index("<-smp>") + 1] == "<4>"
    assert "<-no-reboot>" in lines


def test_only_the_private_name_counts_in_the_environment(command):
    done = run(command(SHOW_ARGUMENTS), RUN="dump", MEM="1Q", PAGELAB_RUN="it's; off")
    assert "<batch run=it's; off>\n" in done.stdout


def test_an_argument_wins_over_the_environment(command):
    done = run(command(SHOW_ARGUMENTS, "RUN=stat"), PAGELAB_RUN="dump")
    assert "<batch run=stat>\n" in done.stdout


def test_a_panic_is_followed_by_the_lines_of_the_last_backtrace(command, tmp_path):
    resolver = tmp_path / "fake-addr2line"
    resolver.write_text("#!/bin/sh\nshift 4\nfor a; do echo $a; echo libs/in.h:1; "
                        "echo kern/at_$a.c:2; done\n")
    resolver.chmod(0o755)
    frames = r"""printf '  #0 0x10 old+0x1\r\n\npanic: it broke\r\n'
        printf '  #0 0x1000 here+0x4\r\n  #1 0x2000 there+0x10\r\npagelab: off 100\n'; exit 100"""
    done = run(command(frames), CROSS="fake-", PATH="%s:%s" % (tmp_path, os.environ["PATH"]))
    assert done.returncode == 100
    assert done.stderr == ("  #0 here at kern/at_0x1000.c:2, through libs/in.h:1\n"
                           "  #1 there at kern/at_0x1fff.c:2, through libs/in.h:1\n")


def test_qemu_does_not_outlive_us_even_when_we_are_killed(command):
    tool = subprocess.Popen(command("echo started >&2; exec sleep 1000"), stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert tool.stderr.readline() == b"started\n"
    tool.kill()
    # QEMU has our stderr, too: its end is the end of both.
    tool.communicate(timeout=30)
    assert tool.returncode == -signal.SIGKILL


class OnTerminal:
    """tools/qemu with a terminal as stdin, stdout and stderr."""

    def __init__(self, command):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.tool = subprocess.Popen(command, stdin=self.slave, stdout=self.slave,
                                     stderr=self.slave, start_new_session=True)

    def read_until(self, text):
        seen = b""
        while text not in seen:
            seen += os.read(self.master, 4096)

    def sane(self):
        return termios.tcgetattr(self.slave) == self.before and os.get_blocking(self.slave)

    def close(self):
        self.tool.kill()
        self.tool.wait()
        os.close(self.master)
        os.close(self.slave)


RAW = "stty raw -echo; echo ready; "


@pytest.fixture(name="on_terminal")
def fixture_on_terminal(command):
    opened = []

    def on_terminal(script, *arguments):
        opened.append(OnTerminal(command(script, *arguments)))
        return opened[-1]
    yield on_terminal
    for terminal in opened:
        terminal.close()


@pytest.mark.parametrize("end, status", [("kill -9 $$", 125), ("exit 100", 100), (OFF, 0)],
                         ids=["killed", "panic", "off"])
def test_the_terminal_is_given_back_however_qemu_ends(on_terminal, end, status):
    terminal = on_terminal(RAW + end)
    assert terminal.tool.wait(timeout=30) == status
    assert terminal.sane()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_given_back_when_a_signal_ends_us(on_terminal, signum):
    terminal = on_terminal(RAW + "exec sleep 1000")
    terminal.read_until(b"ready")
    terminal.tool.send_signal(signum)
    assert terminal.tool.wait(timeout=30) == -signum
    assert terminal.sane()


def test_the_terminal_is_given_back_after_a_timeout(on_terminal):
    terminal = on_terminal(RAW + "exec sleep 1000", "RUN=stat; off", "TIMEOUT=1")
    assert terminal.tool.wait(timeout=30) == 124
    assert terminal.sane()


def test_at_a_terminal_the_prompt_stays_after_the_commands(on_terminal):
    terminal = on_terminal(SHOW_ARGUMENTS, "RUN=stat")
    terminal.read_until(b"<run=stat>")
    assert terminal.tool.wait(timeout=30) == 0


def test_leaving_with_ctrl_a_x_is_no_failure(on_terminal):
    terminal = on_terminal("echo 'pagelab> QEMU: Terminated'")
    assert terminal.tool.wait(timeout=30) == 0


def test_a_second_debugging_run_leaves_the_first_ones_socket_alone(command, tmp_path):
    socket = "GDB=%s" % (tmp_path / "gdb.sock")
    first = subprocess.Popen(command("echo ready; exec sleep 1000", socket),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdout.readline() == b"ready\n"
    second = run(command("echo started", socket))
    first.terminate()
    first.communicate(timeout=30)
    assert second.returncode == 125
    assert "is in use" in second.stderr and second.stdout == ""
