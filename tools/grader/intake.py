"""Takes the named files out of a submission, and nothing else: the rest is never looked at.

A submission is a folder, a tar archive or a git repository. Nothing is extracted or followed: no
links, devices or `..`; what is taken are the bytes of regular files of a limited size, under the
name that the rubric gives them.
"""
import bz2
import gzip
import hashlib
import io
import lzma
import os
import re
import stat
import tarfile
import tempfile
import zlib

from . import sandbox
from .faults import Rejected, Usage, switched_off

ENTRIES = 20000  # of an archive that are looked at
UNPACKED = 256 << 20  # bytes that an archive may unpack to
REMOTE = re.compile(r"(https|ssh)://|[\w.-]+@[\w.-]+:|file://")
DAMAGED = (tarfile.TarError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError,
           OverflowError)


def take(where, wanted, most):
    """{name: bytes} of those of the `wanted` files that are there; `most` is bytes of one file."""
    if "intake" in switched_off:
        return take_everything(where)
    if REMOTE.match(where) or is_bare(where):
        return from_git(where, wanted, most)
    if os.path.isdir(where):
        return from_folder(where, wanted, most)
    if os.path.isfile(where):
        return from_archive(where, wanted, most)
    raise Usage(f"'{where}' is no folder, archive or git repository")


def digest(files):
    """One number for these names and contents, whatever else was handed in."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def checked(name, data, most):
    if len(data) > most:
        raise Rejected(f"{name}: more than {most >> 10} KiB")
    return data


# ---- folders -----------------------------------------------------------------------------------

def from_folder(where, wanted, most):
    files = {}
    top = os.open(where, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in wanted:
            data = read_below(top, name, most)
            if data is not None:
                files[name] = data
    finally:
        os.close(top)
    return files


def read_below(top, name, most):
    """The bytes of a regular file, reached through folders only; None: there is none."""
    *folders, last = name.split("/")
    at = os.dup(top)
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        # Not blocking: a pipe without a writer would be waited for.
        file = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    except FileNotFoundError:
        return None
    except OSError as why:
        raise Rejected(f"{name}: cannot be read without following a link ({why.strerror})") \
            from why
    finally:
        os.close(at)
    with open(file, "rb") as data:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Rejected(f"{name}: no regular file")
        return checked(name, data.read(most + 1), most)


# ---- archives ----------------------------------------------------------------------------------

class Short(io.RawIOBase):
    """A stream that ends in an error after so many bytes."""

    def __init__(self, stream, most):
        super().__init__()
        self.stream, self.left = stream, most

    def readable(self):
        return True

    def read(self, size=-1):
        data = self.stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self.left -= len(data)
        if self.left < 0:
            raise Rejected(f"the archive unpacks to more than {UNPACKED >> 20} MiB")
        return data


def unpacked(file):
    """The stream of a tar file's bytes, by the first bytes of its compression."""
    head = file.read(6)
    file.seek(0)
    for magic, opener in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open),
                          (b"\xfd7zXZ\0", lzma.open)):
        if head.startswith(magic):
            return opener(file, "rb")
    return file


def from_archive(where, wanted, most):
    """From the archive's top, or from the one folder that all is in."""
    found = {}
    try:
        with open(where, "rb") as file, \
                tarfile.open(fileobj=Short(unpacked(file), UNPACKED), mode="r|") as archive:
            for count, member in enumerate(archive):
                if count >= ENTRIES:
                    raise Rejected(f"the archive has more than {ENTRIES} entries")
                name = member.name.removeprefix("./")
                place = name if name in wanted else name.partition("/")[2]
                if place in wanted and not member.isdir():
                    if place in found:
                        raise Rejected(f"{place}: twice in the archive")
                    found[place] = member_bytes(archive, member, place, most)
    except DAMAGED as why:
        raise Rejected(f"the archive cannot be read: {why}") from why
    return found


def member_bytes(archive, member, name, most):
    if not member.isreg() or member.issparse():
        raise Rejected(f"{name}: no regular file")
    if member.size > most:
        raise Rejected(f"{name}: more than {most >> 10} KiB")
    return archive.extractfile(member).read()


# ---- git ---------------------------------------------------------------------------------------

BARE = ("HEAD", "objects", "refs")


def is_bare(where):
    return all(os.path.exists(os.path.join(where, part)) for part in BARE)


def from_git(where, wanted, most):
    """From the last commit of the branch that HEAD names. Hooks and settings are not the student's:
    the commit is copied into a repository of our own first."""
    if REMOTE.match(where) is None:
        where = "file://" + os.path.abspath(where)
    with tempfile.TemporaryDirectory(prefix="grade-git-") as folder:
        def git(*words):
            bounds = sandbox.Bounds(wall_s=120, file_mb=UNPACKED >> 20)
            return sandbox.run_outside(["git", "--git-dir", folder, *words], bounds, {
                "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
                "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file:https:ssh"})
        if git("init", "-q", "--bare", folder).status != 0:
            raise Rejected("git cannot make a repository here")
        done = git("fetch", "-q", "--depth=1", "--no-tags", "--", where, "HEAD")
        if done.status != 0:
            raise Rejected(f"git cannot fetch it: {done.output.strip()}")
        files = {}
        for name in wanted:
            entry = git("ls-tree", "FETCH_HEAD", "--", name).output.split()
            if not entry:
                continue
            if entry[0] not in ("100644", "100755"):
                raise Rejected(f"{name}: no regular file")
            if int(git("cat-file", "-s", entry[2]).output) > most:
                raise Rejected(f"{name}: more than {most >> 10} KiB")
            files[name] = git("cat-file", "blob", entry[2]).data
        return files


# ---- what intake prevents ----------------------------------------------------------------------

def take_everything(where):
    """Every file of the folder or archive, links followed: for tests, to show an attack at work."""
    with tempfile.TemporaryDirectory(prefix="grade-open-") as folder:
        if os.path.isfile(where):
            with tarfile.open(where) as archive:
                archive.extractall(folder)
            where = folder
        files = {}
        for at, _, names in os.walk(where, followlinks=True):
            for name in names:
                path = os.path.join(at, name)
                with open(path, "rb") as data:
                    files[os.path.relpath(path, where)] = data.read()
        return files
