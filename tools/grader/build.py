"""From a student's file to what the judge runs: compiled in the sandbox, past the gate, linked."""
import dataclasses
import errno
import functools
import glob
import os
import re
import shlex
import shutil
import signal

from policies import CHILD, GUEST, ROOT, guest_commands, guest_link

from . import gate, sandbox
from .faults import NotBuilt, OwnFault, Rejected, switched_off
from .plain import plain

UNCONFINED = os.path.join(os.path.dirname(CHILD), "unconfined.o")
HOST_CC = "gcc -g -O2"
QEMU = os.environ.get("PAGELAB_QEMU") or "qemu-system-riscv64"
KERNEL_SCRIPT = os.path.join(ROOT, "tools", "kernel.ld")
COMPILER = sandbox.Bounds(wall_s=60, cpu_s=20, memory_mb=2048, file_mb=64)
DISK_BYTES = 4 << 20  # fewer are too few to compile and link a file

# Why tools/policy-object refused a file that compiles: for these it is not to be used at all.
REFUSALS = ("uses what no policy is given", "several managers")

# How gcc says that the sandbox's bounds ended a part of it.
EXCEEDED = ((re.compile("CPU time limit exceeded"), "more than {cpu_s} s"),
            (re.compile("File size limit exceeded"), "more than {file_mb} MiB of disk"),
            (re.compile("out of memory|memory exhausted|cannot allocate memory|MemoryError", re.I),
             "more than {memory_mb} MiB of memory"))
KILLED = "Killed signal terminated program"


@dataclasses.dataclass(frozen=True)
class Programs:
    """A policy as the judge is given it: in a process, and in a kernel that QEMU boots."""

    child: str
    guest: str = None  # it is judged on the host only


class Lab:
    """The tree that files are compiled against: headers and the compiler's driver, no policy, no
    test. `work` is the run's own folder."""

    def __init__(self, work):
        self.work, self.tree = work, os.path.join(work, "lab")
        names = ["tools/policy-object", "tools/policies.py", "kern/mm/policies.def"]
        names += [os.path.relpath(path, ROOT) for folder in ("libs", "kern/mm")
                  for path in glob.glob(os.path.join(ROOT, folder, "*.h"))]
        for name in names:
            self.put(name, os.path.join(ROOT, name))

    def put(self, name, source):
        place = os.path.join(self.tree, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(source, place)


def lay_out(files, folder):
    """The taken files, below `folder`, which nothing else is in."""
    for name, data in files.items():
        place = os.path.join(folder, name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(data)
        os.utime(place, (0, 0))  # __TIMESTAMP__ is the same in every build


def check_disk(folder):
    """After a command that may have failed for want of it: that is not the student's fault."""
    if shutil.disk_usage(folder).free < DISK_BYTES:
        raise OwnFault(f"the disk is full at {folder}")


@functools.cache
def no_guest():
    """None if policies are judged in a kernel as well; else why not."""
    if "guest" in switched_off:
        return "switched off"
    if not os.path.isfile(GUEST):
        return f"{os.path.relpath(GUEST, ROOT)} is not built (make judge-programs)"
    for program in (QEMU, guest_commands()[0].split()[0]):
        if sandbox.which(program) is None:
            return f"{program} is not installed"
    return None


def compile_object(lab, source, out, cc=HOST_CC, nm="nm", objcopy="objcopy"):
    """`out` becomes an object that exports dropin_pmm_manager. `source` stands in a folder of
    its own."""
    folder, made = os.path.dirname(source), os.path.dirname(out)
    os.makedirs(made, exist_ok=True)
    cc += f" -ffile-prefix-map={shlex.quote(lab.work)}=."  # __FILE__, too, is always the same
    done = sandbox.run([os.path.join(lab.tree, "tools/policy-object"), "--cc", cc, "--nm", nm,
                        "--objcopy", objcopy, "-o", out, source],
                       COMPILER, readonly=[lab.tree, folder], writable=[made])
    said = compiler_said(done, source, made)
    if done.status == 1 and any(refusal in said.partition("\n")[0] for refusal in REFUSALS):
        raise Rejected(said.removeprefix("policy-object: "))
    if done.status == 1:
        raise NotBuilt(said.removeprefix("policy-object: ") or "it does not compile")
    if done.status != 0 or not os.path.isfile(out):
        raise OwnFault(f"compiling ended with {done.status}: {said}")


def compiler_said(done, source, made):
    """Its words. What the file used too much of is NotBuilt; what else ended it is our fault."""
    said = plain(done.output.replace(os.path.dirname(source) + os.sep, "")).strip()
    check_disk(made)
    if done.status != 0 and os.strerror(errno.ENOSPC) in said:
        raise OwnFault(f"the disk was full at {made}")
    if done.late or done.killed() in (signal.SIGXCPU, signal.SIGXFSZ):
        raise NotBuilt("compiling it takes too long")
    if done.killed() or KILLED in said:
        raise OwnFault("the compiler was killed; this machine may have too little memory for it")
    for words, what in EXCEEDED:
        if done.status != 0 and words.search(said):
            raise NotBuilt("compiling it takes " + what.format(**vars(COMPILER)))
    return said


def link(objects, out, confined=True, flags=()):
    """A child from gated objects, that gives up system calls before any of their code runs."""
    first = CHILD if confined and "confine" not in switched_off else UNCONFINED
    linked(["gcc", *flags, first, *objects, "-o", out], [first, *objects], out)
    gate.check_program(out)


def link_guest(obj, out):
    """A kernel whose policy is that object."""
    linked(guest_link(obj, out), [GUEST, KERNEL_SCRIPT, obj], out)


def linked(command, readonly, out):
    done = sandbox.run(command, COMPILER, readonly=readonly, writable=[os.path.dirname(out)])
    missing = re.findall(r"undefined reference to `(\w+)'", done.output)
    if missing:  # ours are complete
        raise Rejected("\n".join(f"{name}: used, but no policy is given it"
                                 for name in dict.fromkeys(missing)))
    if done.status != 0 or done.late:
        raise OwnFault(f"linking failed: {plain(done.output)}")


def programs(lab, source, out):
    """The Programs of a student's policy, below the new name `out`; what is wrong is raised."""
    child, guest = out + ".host", out + ".kernel"
    compile_object(lab, source, child + ".o")
    gate.check(child + ".o", "host")
    if no_guest() is None:
        cc, nm, objcopy, _ = guest_commands()
        compile_object(lab, source, guest + ".o", cc, nm, objcopy)
        gate.check(guest + ".o", "riscv", nm.removesuffix("nm"))
        link_guest(guest + ".o", guest)
    link([child + ".o"], child)
    return Programs(child, guest if no_guest() is None else None)
