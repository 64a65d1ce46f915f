"""The working folder of a run; what killed runs left of theirs is removed first."""
import contextlib
import fcntl
import os
import shutil
import sys
import tempfile

PREFIX = "grade-"
LOCK = "running"  # in the folder, locked as long as its run is alive


def clear():
    """Remove this user's folders whose run has been killed. One that is kept has no lock."""
    with os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                with contextlib.suppress(OSError):  # another's, alive, or just removed
                    clear_one(entry.path)


def clear_one(folder):
    if os.lstat(folder).st_uid != os.getuid():
        return
    lock = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)  # no link is followed
    finally:
        os.close(lock)


@contextlib.contextmanager
def working_folder(keep=False):
    """A new folder, which temporary files go to as well; `keep`: it is left behind, and named."""
    clear()
    folder, outer = tempfile.mkdtemp(prefix=PREFIX), tempfile.tempdir
    lock = os.path.join(folder, LOCK)
    try:
        with open(lock + ".new", "w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            os.rename(file.name, lock)  # nobody sees it before it is locked
            tempfile.tempdir = folder
            yield folder
    finally:
        tempfile.tempdir = outer
        if keep:
            os.unlink(lock)
            print(f"grade: kept {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
