"""--sshlogin: a class is graded on other machines. Here they are two sshd on loopback, with ports,
keys and configurations of their own; both see this tree."""
import csv
import os
import shutil
import socket
import subprocess

import pytest

import handing_in
from handing_in import FIRST_FIT, OWN_FAULT, ROOT, grade

SSHD = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ["PATH"])
pytestmark = pytest.mark.skipif(
    not (SSHD and all(map(shutil.which, ("parallel", "rsync", "ssh-keygen")))),
    reason="needs openssh-server, parallel and rsync")
SINGLES = ("--only", "first_fit/singles")
RIGHT = (ROOT / FIRST_FIT).read_text()
CLASS = {"王 'o\" $(x)": RIGHT, "ben": RIGHT.replace("*best", "*lowest"), "cleo": "no C"}


class Hosts:
    """`one` and `two`. Nobody listens before `start`."""

    def __init__(self, folder):
        self.folder, self.running, self.ports = folder, {}, {}
        for key in ("key", "host"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key],
                           check=True)
        if os.geteuid() == 0:  # where root's sshd gives up its rights; at boot it is made by a service
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        for name in ("here", "one", "two"):
            (folder / name).mkdir()
        for name in ("one", "two"):
            self.closed(name)

    def configure(self, name, first=""):
        """A login has a home of its own; `first` is what the shell does there before all else."""
        home = self.folder / name
        (self.folder / f"{name}.conf").write_text(
            f"HostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/key.pub\n"
            "AuthenticationMethods publickey\nStrictModes no\nUsePAM no\nPidFile none\n"
            "ListenAddress 127.0.0.1\n"
            f'ForceCommand {first} cd {home} && HOME={home} exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"\n')

    def closed(self, name):
        """A port that nobody listens on, and nobody else gets."""
        self.running[name] = socket.socket()
        self.running[name].bind(("127.0.0.1", 0))
        self.ports[name] = self.running[name].getsockname()[1]

    def start(self, name, first=""):
        """On the port that was kept for it, or on another if somebody was faster."""
        self.configure(name, first)
        while True:
            self.running[name].close()
            sshd = subprocess.Popen([SSHD, "-D", "-e", "-f", self.folder / f"{name}.conf",
                                     "-p", str(self.ports[name])], stderr=subprocess.PIPE, text=True)
            said = sshd.stderr.readline()
            if said.startswith("Server listening"):
                self.running[name] = sshd
                return
            sshd.wait()
            assert "already in use" in said, said
            self.closed(name)

    def sshlogin(self):
        (self.folder / "config").write_text("".join(
            f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n" for name, port in
            self.ports.items()) + f"Host *\n  IdentityFile {self.folder}/key\n"
            f"  IdentitiesOnly yes\n  UserKnownHostsFile {self.folder}/known\n"
            "  StrictHostKeyChecking no\n")
        return ",".join(f"ssh -F {self.folder}/config {name}" for name in self.ports)

    def end(self, name):
        each = self.running[name]
        if isinstance(each, subprocess.Popen):
            each.terminate()
            each.communicate()
        else:
            each.close()


@pytest.fixture(name="hosts")
def make_hosts(tmp_path):
    (tmp_path / "hosts").mkdir()
    hosts = Hosts(tmp_path / "hosts")
    yield hosts
    for name in hosts.running:
        hosts.end(name)


# Files still get there; who then wants to run something loses the connection.
DIES = 'case "$SSH_ORIGINAL_COMMAND" in rsync*) ;; *) kill -9 $PPID ;; esac;'


def read(folder, name, delimiter=","):
    with open(f"{folder}-results/{name}", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def used(folder):
    """The hosts that came to an end with a submission."""
    return {row["Host"].split()[-1] for row in read(folder, "hosts.tsv", "\t")
            if row["Exitval"] == "0"}


def test_a_class_is_graded_on_two_hosts_and_one_that_dies_costs_no_points(tmp_path, hosts):
    folder = tmp_path / "class"
    for name, text in CLASS.items():
        handing_in.hand_in(folder / name, text)
    (folder / "dora/kern").mkdir(parents=True)
    (folder / "dora/kern/mm").symlink_to(ROOT / "kern/mm")  # refused here, never sent

    def batch(*options):
        return grade("--batch", folder, *SINGLES, "-j1", "--sshlogin", hosts.sshlogin(), *options,
                     env={"HOME": str(hosts.folder / "here")})

    done = batch()
    assert done.returncode == OWN_FAULT and "no host can be reached" in done.stderr, done.stderr
    assert [row["score"] for row in read(folder, "marks.csv")] == ["", "", "0", ""]

    hosts.start("one", DIES)
    hosts.start("two")
    done = batch("--resume")
    assert done.returncode == 0 and used(folder) == {"two"}, done.stderr
    marks = {row["name"]: (row["score"], row["status"]) for row in read(folder, "marks.csv")}
    assert marks == {"ben": ("10", "0"), "cleo": ("0", "3"), "dora": ("0", "4"),
                     "王 'o\" $(x)": ("10", "0")}

    hosts.end("one")
    hosts.closed("one")
    hosts.start("one")
    done = batch("--seed", "2")
    assert done.returncode == 0 and used(folder) == {"one", "two"}, done.stderr
    assert marks == {row["name"]: (row["score"], row["status"])
                     for row in read(folder, "marks.csv")}
    for name in ("one", "two"):
        assert not list((hosts.folder / name).iterdir()), f"left on {name}"


def test_a_host_with_another_grader_gives_no_marks(tmp_path, hosts):
    """Its result is of another name, as its tree is another: that of this run knows a tool more."""
    handing_in.hand_in(tmp_path / "class/cleo", "no C")
    hosts.start("one")
    done = grade("--batch", tmp_path / "class", *SINGLES, "--sshlogin",
                 hosts.sshlogin().split(",")[0], env={"HOME": str(hosts.folder / "here")},
                 more=f"from grader import batch\nbatch.OURS += ({FIRST_FIT!r},)\n")
    assert done.returncode == OWN_FAULT and "another version of the grader" in done.stderr
    assert read(tmp_path / "class", "marks.csv")[0]["score"] == ""


def test_a_tool_that_is_missing_is_named(tmp_path):
    handing_in.hand_in(tmp_path / "class/cleo", "no C")
    done = grade("--batch", tmp_path / "class", *SINGLES, "--sshlogin", "one",
                 more="from grader import hosts\nhosts.NEEDED = ('no-such-tool',)\n")
    assert done.returncode == OWN_FAULT and "apt install no-such-tool" in done.stderr
