"""Runs a command where it can do no harm: bubblewrap, limits, a process group of its own.

Inside there are the system's programs, read-only, /tmp of a limited size, and the folders that a
command is given; no network, no home, no other process. Paths are the same inside and outside,
so that all works without bubblewrap, too, where limits and the group are what is left.
"""
import dataclasses
import functools
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading

from .faults import OwnFault, switched_off

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives",
          "/etc/ld.so.cache")
PATH = "/usr/local/bin:/usr/bin:/bin"
TMP_BYTES = 256 << 20
OUTPUT_BYTES = 1 << 20  # that are looked at; more is cut
USER = "65534"


@dataclasses.dataclass(frozen=True)
class Bounds:
    wall_s: int = 120
    cpu_s: int = 60  # of one process
    memory_mb: int = 2048  # address space of one process; 0: no limit
    file_mb: int = 64
    processes: int = 256  # inside the walls; at home, others of the user's would count as well
    output: int = OUTPUT_BYTES


@dataclasses.dataclass(frozen=True)
class Done:
    status: int  # negative: killed by that signal
    data: bytes  # of both streams, no more than the bounds say
    late: bool  # the wall clock ran out

    @property
    def output(self):
        return self.data.decode("utf-8", "replace")

    def killed(self):
        """The signal that ended it, or None. Bubblewrap and shells say 128 + signal."""
        if self.status < 0:
            return -self.status
        return self.status - 128 if 128 < self.status <= 128 + signal.SIGRTMAX else None


class Running:
    """Process groups that were started, so that all can be ended at once."""

    def __init__(self):
        self.lock, self.groups, self.ended = threading.Lock(), set(), False

    def add(self, group):
        with self.lock:
            self.groups.add(group)
        if self.ended:
            self.end(group)

    def end(self, group):
        """The whole group. Its leader has not been waited for yet, so the number is still its."""
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def forget(self, group):
        with self.lock:
            self.groups.discard(group)

    def end_all(self):
        self.ended = True
        with self.lock:
            groups = set(self.groups)
        for group in groups:
            self.end(group)


running = Running()


def walls(readonly, writable):
    """The arguments of bubblewrap.

    Not --new-session: `start` has made one, whose group the first process inside stays in, so that
    it is ended with it. What --die-with-parent asks for comes into force only late in the set-up.
    """
    options = ["--unshare-all", "--unshare-user", "--uid", USER, "--gid", USER, "--cap-drop", "ALL",
               "--die-with-parent", "--hostname", "grader", "--clearenv"]
    for name, value in environment(PATH).items():
        options += ["--setenv", name, value]
    for path in SYSTEM:
        if os.path.islink(path):
            options += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            options += ["--ro-bind", path, path]
    options += ["--proc", "/proc", "--dev", "/dev", "--size", str(TMP_BYTES), "--tmpfs", "/tmp"]
    for path in readonly:
        options += ["--ro-bind", path, path]
    for path in writable:
        options += ["--bind", path, path]
    return [*options, "--remount-ro", "/", "--chdir", "/tmp"]


@functools.cache
def unusable():
    """None if there are walls; else why not."""
    if "sandbox" in switched_off:
        return "switched off"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (apt install bubblewrap)"
    try:
        done = subprocess.run(["bwrap", *walls((), ()), "--", "/bin/true"], text=True, timeout=30,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors="replace", check=False)
    except (OSError, subprocess.TimeoutExpired) as why:
        return f"bubblewrap does not run here: {why}"
    return None if done.returncode == 0 else f"bubblewrap does not run here: {done.stdout.strip()}"


def environment(path):
    return {"PATH": path, "LC_ALL": "C", "HOME": "/tmp", "TMPDIR": "/tmp",
            "SOURCE_DATE_EPOCH": "0", "PYTHONDONTWRITEBYTECODE": "1"}


def which(program):
    """The path of a program where commands are run, or None."""
    return shutil.which(program, path=PATH if unusable() is None else None)


def limited(command, bounds):
    # The signal of the soft limit says what it was; a killed process was killed by something else.
    limits = {"cpu": f"{bounds.cpu_s}:{bounds.cpu_s + 1}", "fsize": bounds.file_mb << 20, "core": 0}
    if bounds.memory_mb:
        limits["as"] = bounds.memory_mb << 20
    if unusable() is None:
        limits["nproc"] = bounds.processes
    if "limits" in switched_off:
        limits = {}
    return ["prlimit", *(f"--{name}={value}" for name, value in limits.items()), "--", *command]


def run(command, bounds=Bounds(), readonly=(), writable=()):
    """Run it to its end, or until the time is over; then nothing of it is left."""
    command = limited([str(word) for word in command], bounds)
    if unusable() is None:
        return start(["bwrap", *walls(readonly, writable), "--", *command], bounds, None)
    env = environment(os.environ.get("PATH", PATH))
    env["TMPDIR"] = env["HOME"] = next(iter(writable), tempfile.gettempdir())
    return start(command, bounds, env)


def run_outside(command, bounds, env):
    """A program of ours that needs the network or the submission's place; limits only."""
    return start(limited(command, bounds), bounds, {**os.environ, **env})


def start(command, bounds, env):
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, env=env, start_new_session=True)
        except OSError as why:
            raise OwnFault(f"cannot start {command[0]}: {why.strerror}") from why
        late = wait(process, bounds.wall_s)
        output.seek(0)
        return Done(process.returncode, output.read(bounds.output), late)


def wait(process, seconds):
    """True: the time was over. Afterwards nothing of its group is left.

    The leader stays a zombie until the group is ended, so that the number is not another's.
    """
    running.add(process.pid)
    handle = os.pidfd_open(process.pid)
    try:
        return not select.select([handle], [], [], seconds)[0]
    finally:
        os.close(handle)
        running.end(process.pid)
        process.wait()
        running.forget(process.pid)
