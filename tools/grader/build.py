"""From a student's file to a child of the judge: compiled in the sandbox, past the gate, linked."""
import glob
import os
import shutil

from policies import CHILD, ROOT

from . import gate, sandbox
from .faults import NotBuilt, OwnFault, Rejected, switched_off
from .plain import plain

UNCONFINED = os.path.join(os.path.dirname(CHILD), "unconfined.o")
HOST_CC = "gcc -g -O2"
CROSS = "riscv64-unknown-elf-"
CROSS_CC = CROSS + "gcc -O2 -march=rv64imac -mabi=lp64 -mcmodel=medany -fno-pic"
COMPILER = sandbox.Bounds(wall_s=60, cpu_s=20, memory_mb=2048, file_mb=64)
DISK_BYTES = 4 << 20  # fewer are too few to compile and link a file

# Why tools/policy-object refused a file that compiles: for these it is not to be used at all.
REFUSALS = ("uses what no policy is given", "several managers")


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


def check_disk(folder):
    """After a command that may have failed for want of it: that is not the student's fault."""
    if shutil.disk_usage(folder).free < DISK_BYTES:
        raise OwnFault(f"the disk is full at {folder}")


def compile_object(lab, source, out, cc=HOST_CC, prefix="", extra=()):
    """`out` becomes an object that exports dropin_pmm_manager. `source` stands in a folder of
    its own."""
    folder, made = os.path.dirname(source), os.path.dirname(out)
    os.makedirs(made, exist_ok=True)
    done = sandbox.run([os.path.join(lab.tree, "tools/policy-object"), "--cc", cc, *extra,
                        "--nm", prefix + "nm", "--objcopy", prefix + "objcopy", "-o", out, source],
                       COMPILER, readonly=[lab.tree, folder], writable=[made])
    check_disk(made)
    said = plain(done.output.replace(source, os.path.basename(source))).strip()
    if done.late or done.killed():
        raise NotBuilt("compiling it took too long or too much memory")
    if done.status == 1 and any(refusal in said.splitlines()[0] for refusal in REFUSALS):
        raise Rejected(said.removeprefix("policy-object: "))
    if done.status == 1:
        raise NotBuilt(said.removeprefix("policy-object: ") or "it does not compile")
    if done.status != 0 or not os.path.isfile(out):
        raise OwnFault(f"compiling ended with {done.status}: {said}")


def link(objects, out, confined=True, flags=()):
    """A child from gated objects, that gives up system calls before any of their code runs."""
    first = CHILD if confined and "confine" not in switched_off else UNCONFINED
    done = sandbox.run(["gcc", *flags, first, *objects, "-o", out], COMPILER,
                       readonly=[first, *objects], writable=[os.path.dirname(out)])
    if done.status != 0 or done.late:
        raise OwnFault(f"linking failed: {plain(done.output)}")


def child(lab, source, out):
    """The program `out` from a student's policy; what is wrong with it is raised."""
    compile_object(lab, source, out + ".o")
    gate.check(out + ".o", "host")
    if shutil.which(CROSS + "gcc"):
        compile_object(lab, source, out + ".riscv.o", CROSS_CC, CROSS)
        gate.check(out + ".riscv.o", "riscv", CROSS)
    link([out + ".o"], out)
