"""Git, seen from here: what a commit holds, and a student's repository without its hooks."""
import dataclasses
import io
import os
import subprocess
import tarfile

# Of the student's repository no hook and no file monitor is run.
QUIET = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "commit.gpgSign=false"]
NOBODY = ["-c", "user.name=pagelab", "-c", "user.email=pagelab@localhost"]


class Refused(Exception):
    """Nothing has been done; the text is for whoever asked."""


@dataclasses.dataclass(frozen=True)
class File:
    data: bytes
    program: bool = False

    @property
    def text(self):
        return self.data.decode("utf-8")

    def with_text(self, text):
        return File(text.encode("utf-8"), self.program)


def git(folder, *words, check=True):
    """What git says, as bytes; a failure is refused in git's words."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("GIT_") or name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))}
    done = subprocess.run(["git", "-C", folder, *QUIET, *words], env=env, capture_output=True,
                          check=False)
    if check and done.returncode != 0:
        raise Refused(f"git {words[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def is_repository(folder):
    """Is it the top of one?"""
    top = git(folder, "rev-parse", "--show-toplevel", check=False).decode().rstrip("\n")
    return top != "" and os.path.realpath(top) == os.path.realpath(folder)


def changed(folder, *paths):
    """Files with changes that are not committed, also new ones; all, or of these paths."""
    said = git(folder, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all",
               "--", *paths)
    return [line[3:] for line in said.decode().split("\0") if line]


def release_of(folder):
    """The commit's name and day."""
    name = git(folder, "describe", "--always", "--tags").decode().strip()
    return name, git(folder, "log", "-1", "--format=%cs").decode().strip()


def files_of(folder):
    """{path: File} of what is committed."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(git(folder, "archive", "HEAD"))) as archive:
        for member in archive:
            if member.isfile():
                found[member.name] = File(archive.extractfile(member).read(),
                                          bool(member.mode & 0o100))
            elif not member.isdir():
                raise Refused(f"{member.name} is no regular file: it cannot be handed out")
    return found


def commit(folder, message, paths):
    """These paths alone, whatever else has changed there."""
    known = git(folder, "config", "user.email", check=False) != b""
    git(folder, "add", "--all", "--force", "--", *paths)
    git(folder, *([] if known else NOBODY), "commit", "-q", "--no-verify", "-m", message,
        "--only", "--", *paths)
