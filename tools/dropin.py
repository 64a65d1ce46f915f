"""Files from outside, built in beside our own: an allocator into the kernel, programs into the initrd."""
import fcntl
import os
import re
import shlex
import subprocess
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class NotLinked(Exception):
    """A file cannot be had, or does not compile or link; the text is for its author."""


def is_path(pmm):
    """PMM=... names a file, and not a built-in policy."""
    return "/" in pmm or pmm.endswith(".c")


def build_kernel(source, kernel):
    """Make the kernel that has `source` as one policy more, where `kernel` was made and as it was
    made; its path."""
    if not os.path.isfile(source):
        raise NotLinked("there is no such file")
    return build(source, os.path.basename(source)[:-2], kernel, "dropin", "kernel.elf")


def build_initrd(folder, kernel):
    """Make the archive that has a program for each .c of `folder` beside our own; its path."""
    if not os.path.isdir(folder) or not any(n.endswith(".c") for n in os.listdir(folder)):
        raise NotLinked("a folder with .c files is expected")
    return build(folder, os.path.basename(os.path.abspath(folder)), kernel, "progs", "initrd.cpio")


def build(source, name, kernel, kind, result):
    """Each source has a folder of its own, where `source` links to it; one build at a time."""
    folder = os.path.dirname(os.path.abspath(kernel))
    stamp = os.path.join(folder, "kernel", "variables")
    if not os.path.isfile(stamp):
        raise NotLinked("no kernel to link it into at %s: run make" % os.path.relpath(folder))
    with open(stamp, encoding="utf-8") as variables:
        made_with = shlex.split(variables.read())
    base = dict(word.split("=", 1) for word in made_with)["B"]
    # Programs are the same for every kernel of this base.
    below = os.path.relpath(folder, os.path.join(ROOT, base)) if kind == "dropin" else "."

    source = os.path.abspath(source)
    name = "%s-%08x" % (re.sub(r"\W", "_", name), zlib.crc32(os.fsencode(source)))
    out = os.path.normpath(os.path.join(base, below, kind, name, result))
    folder = os.path.join(ROOT, os.path.dirname(out))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(os.path.dirname(folder), "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        link = os.path.join(folder, "source")
        if not os.path.islink(link):
            os.symlink(source, link)
        done = subprocess.run(["make", "-s", "--no-print-directory", *made_with, out], cwd=ROOT,
                              env=dict(os.environ, MAKEFLAGS="", LC_ALL="C"), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors="replace", check=False)
    if done.returncode != 0:
        raise NotLinked(explain(done.stdout))
    return os.path.join(ROOT, out)


def explain(said):
    """What make, the compiler and the linker said, less what is only about ourselves."""
    lines = [line for line in said.splitlines()
             if not re.match(r"make\b|  [A-Z]+ |.*(collect2: error|in function `)|policy-object: *$", line)]
    return "\n".join(lines) or said
