"""tools/setup with an apt of a few lines: what it asks for, and when."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "setup"


def this_system():
    try:
        text = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return ""
    return " ".join(re.search(r'(?m)^%s="?([^"\n]*)' % key, text + key + "=\n")[1]
                    for key in ("ID", "VERSION_ID"))


pytestmark = pytest.mark.skipif(this_system() not in ("debian 12", "debian 13"),
                                reason="tools/setup installs on Debian 12 and 13 only")


class System:
    """A PATH with the few programs that the script needs, and our apt."""

    def __init__(self, path):
        self.path, self.log = path, path / "log"
        self.log.write_text("")
        self.programs = path / "bin"
        self.programs.mkdir()
        for name in ("sh", "env", "sed", "tr", "sort", "wc", "grep", "cat", "touch"):
            (self.programs / name).symlink_to(shutil.which(name))
        self.fake("id", "echo 0")
        # Everything is installed once the file is there.
        self.fake("dpkg-query", '[ -e "%s/installed" ] || exit 1\nshift 2\n'
                                'for p; do echo "ii  $p"; done' % path)
        self.fake("apt-cache", 'shift\nfor p; do echo "Package: $p"; done')
        self.fake("apt-get", 'echo "$*" >>"%s"\n[ "$1" = update ] || touch "%s/installed"'
                  % (self.log, path))

    def fake(self, name, script):
        file = self.programs / name
        file.write_text("#!/bin/sh\n%s\n" % script)
        file.chmod(0o755)

    def setup(self, *arguments):
        return subprocess.run([str(TOOL), *arguments], env={**os.environ,
                              "PATH": str(self.programs)}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=30)

    def asked(self):
        """The first word of each call of apt-get."""
        return [line.split()[0] for line in self.log.read_text().splitlines()]


@pytest.fixture(name="system")
def fixture_system(tmp_path):
    return System(tmp_path)


def test_check_reports_what_is_missing_and_installs_nothing(system):
    done = system.setup("--check")
    assert done.returncode == 1
    assert "gcc-riscv64-unknown-elf" in done.stdout and "libcmocka-dev" in done.stdout
    assert system.asked() == []


def test_run_needs_only_what_boots(system):
    done = system.setup("run", "--check")
    assert "opensbi" in done.stdout and "qemu-system" in done.stdout
    assert "libcmocka-dev" not in done.stdout and "clang" not in done.stdout


def test_a_lab_needs_what_judges_and_grades_and_no_more(system):
    done = system.setup("lab", "--check")
    assert "opensbi" in done.stdout and " gcc libc6-dev " in done.stdout
    assert "gdb-multiarch" in done.stdout and "bubblewrap" in done.stdout
    assert "libcmocka-dev" not in done.stdout and "clang" not in done.stdout


def test_what_is_missing_is_installed_once_and_then_left_alone(system):
    first, second = system.setup("run"), system.setup("run")
    assert (first.returncode, second.returncode) == (0, 0)
    assert system.asked() == ["install"]
    assert "--no-install-recommends" in system.log.read_text()


def test_the_lists_are_fetched_first_when_they_do_not_know_a_package(system):
    system.fake("apt-cache", "exit 100")
    assert system.setup("run").returncode == 0
    assert system.asked() == ["update", "install"]


def test_a_failed_installation_is_tried_again_with_new_lists(system):
    system.fake("apt-get", 'echo "$*" >>"%s"\ncase $1 in update) touch "%s/fresh" ;;\n'
                '*) [ -e "%s/fresh" ] && touch "%s/installed" ;; esac'
                % (system.log, system.path, system.path, system.path))
    assert system.setup("run").returncode == 0
    assert system.asked() == ["install", "update", "install"]


def test_an_installation_that_fails_for_good_fails(system):
    system.fake("apt-get", 'echo "$*" >>"%s"\n[ "$1" = update ]' % system.log)
    assert system.setup("run").returncode != 0
    assert system.asked() == ["install", "update", "install"]


def test_without_root_and_sudo_the_exact_command_is_printed(system):
    system.fake("id", "echo 1000")
    done = system.setup("run")
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends make " in done.stdout
    assert system.asked() == []


def test_without_root_sudo_is_used(system):
    system.fake("id", "echo 1000")
    system.fake("sudo", 'echo sudo >>"%s"\nexec "$@"' % system.log)
    assert system.setup("run").returncode == 0
    assert system.asked() == ["sudo", "install"]


def test_a_wrong_argument_is_refused(system):
    done = system.setup("everything")
    assert done.returncode == 2
    assert done.stdout == "usage: tools/setup [run|lab|test|bench] [--check]\n"
