"""Submissions that use up processes, disk or memory, or write their own result: none has an effect
outside, or gets a point.

With their defence switched off they do, inside an outer limit of the test's own: so many processes
of a user that nobody else is, a small tmpfs, so much address space.
"""
import gzip
import os
import shlex
import subprocess
import sys
import tarfile

import pytest

import handing_in
from handing_in import FIRST_FIT, LOST, NOT_BUILT, OWN_FAULT, REJECTED, ROOT, SINGLES

pytestmark = [handing_in.needs_x86, handing_in.needs_walls]
PLACE = "/dev/shm"  # inside, a folder of its own
PROCESSES = 200
NOBODY = 20202  # as root has no limit of processes
BOMB = """
static void bomb(void) {
    static bool done;
    long made = 0, child = 0;
    while (!done && made < 300 && (child = call(FORK, 0, 0, 0)) > 0) {
        made++;
    }
    while (child == 0 && !done) {
        call(PAUSE, 0, 0, 0);
    }
    done = true;
    char text[] = {(char)('0' + made / 100), (char)('0' + made / 10 % 10), (char)('0' + made % 10)};
    if (made > 0) { /* else another child has used up all that are allowed */
        call(WRITE, call(OPEN, (long)"@MARKER@", CREATE, 0666), (long)text, sizeof(text));
    }
}
#define BEFORE_ALLOC bomb()
"""
FORGE = """
static const char forged[] = "{\\\"limitations\\\": [], \\\"properties\\\": ["
                             "{\\\"verdict\\\": \\\"pass\\\", \\\"limitations\\\": []}]}";
static void write_for(char *words, long n) { /* of the judge: ... --json FILE ... */
    for (long i = 0; i + 7 < n; i++) {
        if (memcmp(words + i, "--json", 7) != 0 ||
            call(MKNOD, (long)(words + i + 7), 010600, 0) != 0) {
            continue;
        }
        long forked = call(FORK, 0, 0, 0);
        call(SETPGID, forked, forked, 0); /* the child's group is ended with it */
        if (forked == 0) {
            static char read[4096];
            long from = call(OPEN, (long)(words + i + 7), 0, 0); /* when the judge writes it */
            while (call(READ, from, (long)read, sizeof(read)) > 0) {
            }
            call(CLOSE, from, 0, 0); /* so that it waits for another reader */
            long to = call(OPEN, (long)(words + i + 7), 1, 0); /* when the grader reads it */
            call(WRITE, to, (long)forged, sizeof(forged) - 1);
            call(EXIT, 0, 0, 0);
        }
    }
}
static void forge(void) {
    static char path[40], words[4096];
    if (!wrong) {
        wrong = true;
        parents_file(path);
        write_for(words, call(READ, call(OPEN, (long)path, 0, 0), (long)words, sizeof(words)));
    }
}
#define BEFORE_ALLOC forge()
"""
FILL = """
static void fill(void) {
    static char name[] = "@MARKER@aa", data[1 << 16];
    static bool done;
    for (; !done && name[sizeof(name) - 3] <= 'z'; name[sizeof(name) - 3]++) {
        long to = call(OPEN, (long)name, CREATE, 0666);
        while (call(WRITE, to, (long)data, sizeof(data)) > 0) {
        }
    }
    done = true;
}
#define BEFORE_ALLOC fill()
"""


def inside(script, more=(), data=b""):
    """Run it by a shell with a small tmpfs at PLACE, all processes of which end with it."""
    words = ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--unshare-pid", "--proc", "/proc",
             "--die-with-parent", "--size", str(12 << 20), "--tmpfs", PLACE, "sh", "-c", script]
    return subprocess.run([*more, *words], input=data, capture_output=True, timeout=200,
                          check=False)


def grading(off, *options, more=""):
    words = handing_in.command((*SINGLES, *options), f"{PLACE}/s", off, more)
    return f"env TMPDIR={PLACE} {shlex.join(words)}"


def reaching(trigger):
    reach, policy = ((handing_in.ATTACKS / f"{name}.h").read_text() for name in ("reach", "policy"))
    text = '#include "string.h"\n' + reach + "static bool wrong;\n" + trigger + policy
    return text.replace("@MARKER@", f"{PLACE}/marker").encode()


TAKE = f"mkdir -p {PLACE}/s/kern/mm && cat >{PLACE}/s/{FIRST_FIT}"


def as_nobody():
    if os.geteuid() != 0:
        return []
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    reads = subprocess.run([*words, "test", "-r", ROOT / "tools/grade"], check=False).returncode == 0
    return words if reads else []  # then the bomb's own bound is the outer one


def test_a_fork_bomb_makes_no_process():
    made = []
    for off in (("gate", "guest"), ("gate", "confine", "sandbox", "limits", "guest")):
        done = inside(f"{TAKE}; prlimit --nproc={PROCESSES} -- {grading(off)}; cat {PLACE}/marker",
                      as_nobody(), reaching(BOMB))
        assert done.stdout.count(b" points\n") == 1, done
        made.append(done.stdout.partition(b" points\n")[2])
    assert made[0] == b"" and int(made[1]) > 100, made


def test_nobody_but_the_judge_writes_the_result():
    """It becomes a pipe: the judge's words go to the policy, the policy's to the grader."""
    off = ("gate", "guest")
    kept = inside(f"{TAKE}; {grading(off)}", data=reaching(FORGE))
    assert kept.returncode == LOST and b"\n0/10 points" in kept.stdout, kept
    off += ("confine", "sandbox")
    kept = inside(f"{TAKE}; {grading(off)}", data=reaching(FORGE))
    assert kept.returncode == OWN_FAULT and b"no regular file" in kept.stderr, kept
    lost = inside(f"{TAKE}; {grading((*off, 'table'))}", data=reaching(FORGE))
    assert b"\n10/10 points" in lost.stdout, lost


def free_blocks(done):
    return int(done.stdout.split()[-1])


def test_no_disk_is_filled_from_a_policy():
    show = f"stat -f -c %a {PLACE}"
    off = ("gate", "guest")
    kept = inside(f"{TAKE}; {grading(off)}; {show}", data=reaching(FILL))
    assert b"called the operating system" in kept.stdout and free_blocks(kept) > 2000
    lost = inside(f"{TAKE}; {grading((*off, 'confine', 'sandbox'))}; {show}", data=reaching(FILL))
    assert free_blocks(lost) < 200, lost.stdout + lost.stderr


def test_no_disk_is_filled_by_the_compiler():
    text = (ROOT / FIRST_FIT).read_text() + "const char huge[40 << 20] = {1};\n"
    bounds = "from grader import build, sandbox\nbuild.COMPILER = sandbox.Bounds(file_mb=2)\n"
    kept = inside(f"{TAKE}; {grading((), more=bounds)}; exit $?", data=text.encode())
    assert kept.returncode == NOT_BUILT and b"more than 2 MiB of disk" in kept.stdout, kept
    lost = inside(f"{TAKE}; {grading(('limits', 'sandbox'), more=bounds)}; exit $?",
                  data=text.encode())
    assert lost.returncode == OWN_FAULT and b"the disk was full" in lost.stderr, lost


def bomb(path):
    """A small archive: the file that is wanted, and 64 MiB of zeros."""
    with gzip.open(path, "wb", compresslevel=1) as packed:
        with tarfile.open(fileobj=packed, mode="w|") as archive:
            archive.add(ROOT / FIRST_FIT, FIRST_FIT)
            member = tarfile.TarInfo("zeros")
            member.size = 64 << 20
            with open("/dev/zero", "rb") as zeros:
                archive.addfile(member, zeros)


def test_an_archive_that_unpacks_to_more_than_the_disk_holds_fills_none(tmp_path):
    bomb(tmp_path / "bomb.tar.gz")
    for off, status in (((), 0), (("intake",), OWN_FAULT)):
        words = handing_in.command(SINGLES, tmp_path / "bomb.tar.gz", off)
        done = inside(f"TMPDIR={PLACE} {shlex.join(words)}")
        assert done.returncode == status, done
    assert b"No space left" in done.stderr and b"points" not in done.stdout


def test_a_sparse_file_of_ten_gigabytes_is_not_read(tmp_path):
    path = handing_in.hand_in(tmp_path / "s", "") / FIRST_FIT
    os.truncate(path, 10 << 30)
    done = {}
    for off in ((), ("intake",)):
        words = handing_in.command(SINGLES, tmp_path / "s", off)
        done[off] = subprocess.run(["prlimit", f"--as={4 << 30}", "--", *words], check=False,
                                   capture_output=True, text=True, timeout=100)
    assert done[()].returncode == REJECTED and "more than 256 KiB" in done[()].stdout
    assert "MemoryError" in done[("intake",)].stderr
