"""What is taken from a submission: regular files of the right names, and no effect outside."""
import gzip
import io
import os
import subprocess
import sys
import tarfile

import pytest

import handing_in
from handing_in import FIRST_FIT, FULL, LOST, NOT_BUILT, REJECTED, SINGLES, USAGE, grade

sys.path.insert(0, str(handing_in.ROOT / "tools"))
from grader import intake  # noqa: E402
from grader.faults import Rejected  # noqa: E402

RIGHT = (handing_in.ROOT / FIRST_FIT).read_bytes()
WANTED = (FIRST_FIT, "kern/mm/default_pmm.h")
MOST = 256 << 10


def entry(name, data=b"", **fields):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    for field, value in fields.items():
        setattr(member, field, value)
    return member, data


def archive(path, *entries, mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for member, data in entries:
            tar.addfile(member, io.BytesIO(data))
    return path


def taken(path):
    return intake.take(str(path), WANTED, MOST)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("top", ["", "./", "lab2/"])
def test_an_archive_gives_the_named_files_and_no_others(tmp_path, mode, top):
    path = archive(tmp_path / "s.tar", entry("Makefile", b"grade:\n"), entry(top + FIRST_FIT, RIGHT),
                   entry(top + "kern/mm/pmm.h", b"stale"), mode=mode)
    assert taken(path) == {FIRST_FIT: RIGHT}


def test_a_folder_gives_the_named_files_and_no_others(tmp_path):
    handing_in.hand_in(tmp_path, "a", FIRST_FIT)
    handing_in.hand_in(tmp_path, "b", "kern/mm/default_pmm.h")
    handing_in.hand_in(tmp_path, "c", "kern/mm/pmm.h")
    assert taken(tmp_path) == {FIRST_FIT: b"a", "kern/mm/default_pmm.h": b"b"}


def git(where, *words):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", where, *words],
                   check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(name="repository")
def make_repository(tmp_path):
    work = handing_in.hand_in(tmp_path / "work", RIGHT.decode())
    git(work, "init", "-q")
    git(work, "add", ".")
    git(work, "commit", "-qm", "lab 2")
    return work


def test_a_git_repository_gives_its_last_commit(tmp_path, repository):
    git(tmp_path, "clone", "-q", "--bare", "work", "bare.git")
    (repository / FIRST_FIT).write_text("not committed")
    for where in (tmp_path / "bare.git", f"file://{repository}"):
        assert taken(where) == {FIRST_FIT: RIGHT}


def test_a_link_in_a_git_repository_is_refused(tmp_path, repository):
    (repository / FIRST_FIT).unlink()
    (repository / FIRST_FIT).symlink_to(handing_in.ROOT / FIRST_FIT)
    git(repository, "commit", "-qam", "a link")
    with pytest.raises(Rejected, match="no regular file"):
        taken(f"file://{repository}")


# ---- attacks: (entries of an archive) ----------------------------------------------------------

LINK = entry(FIRST_FIT, type=tarfile.SYMTYPE, linkname=str(handing_in.ROOT / FIRST_FIT))
HARD = entry(FIRST_FIT, type=tarfile.LNKTYPE, linkname=str(handing_in.ROOT / FIRST_FIT))
DEVICE = entry(FIRST_FIT, type=tarfile.CHRTYPE, devmajor=1, devminor=5)
PIPE = entry(FIRST_FIT, type=tarfile.FIFOTYPE)
TWICE = entry(FIRST_FIT, RIGHT)


@pytest.mark.parametrize("entries,told", [
    ([LINK], "no regular file"), ([HARD], "no regular file"), ([DEVICE], "no regular file"),
    ([PIPE], "no regular file"), ([TWICE, TWICE], "twice"),
    ([entry(FIRST_FIT, b" " * (MOST + 1))], "more than 256 KiB"),
], ids=["link", "hard_link", "device", "pipe", "twice", "large"])
def test_what_is_no_small_regular_file_is_refused(tmp_path, entries, told):
    done = grade(*SINGLES, submission=archive(tmp_path / "s.tar", *entries))
    assert done.returncode == REJECTED and told in done.stdout, done.stdout + done.stderr
    assert handing_in.got(done) == 0


def test_a_link_to_the_reference_gets_points_only_where_links_are_followed(tmp_path):
    path = archive(tmp_path / "s.tar", LINK)
    assert handing_in.got(grade(*SINGLES, submission=path, off=("intake",))) == 10


def test_dots_lead_nowhere(tmp_path):
    (tmp_path / "tmp").mkdir()
    path = archive(tmp_path / "s.tar", entry("../../escaped", b"out"), entry(FIRST_FIT, RIGHT),
                   entry("kern/../../../escaped", b"out"))
    env = {"TMPDIR": str(tmp_path / "tmp")}
    assert grade(*SINGLES, submission=path, env=env).returncode == FULL
    assert not list(tmp_path.rglob("escaped"))
    grade(*SINGLES, submission=path, env=env, off=("intake",))
    assert list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("part", ["kern", "kern/mm", FIRST_FIT])
def test_links_in_a_folder_are_not_followed(tmp_path, part):
    submission = tmp_path / "s"
    (submission / part).parent.mkdir(parents=True)
    (submission / part).symlink_to(handing_in.ROOT / part)
    done = grade(*SINGLES, submission=submission)
    assert done.returncode == REJECTED and "without following a link" in done.stdout
    assert handing_in.got(grade(*SINGLES, submission=submission, off=("intake",))) == 10


def test_a_pipe_in_a_folder_does_not_stop_the_grader(tmp_path):
    (tmp_path / "kern/mm").mkdir(parents=True)
    os.mkfifo(tmp_path / FIRST_FIT)
    with pytest.raises(Rejected, match="no regular file"):
        taken(tmp_path)


def test_ten_gigabytes_of_zeros_are_given_up_early(tmp_path):
    """A sparse file; and a small archive that unpacks to more than is looked at."""
    handing_in.hand_in(tmp_path / "s", "", FIRST_FIT)
    os.truncate(tmp_path / "s" / FIRST_FIT, 10 << 30)
    with pytest.raises(Rejected, match="more than 256 KiB"):
        taken(tmp_path / "s")
    member = tarfile.TarInfo("large")
    member.size = 10 << 30
    with gzip.open(tmp_path / "bomb.gz", "wb", compresslevel=1) as file:
        file.write(member.tobuf())
        for _ in range(260):
            file.write(bytes(1 << 20))
    with pytest.raises(Rejected, match="unpacks to more than 256 MiB"):
        taken(tmp_path / "bomb.gz")


def test_an_archive_of_very_many_entries_is_given_up(tmp_path):
    path = archive(tmp_path / "s.tar", *[entry("x")] * (intake.ENTRIES + 1), mode="w")
    with pytest.raises(Rejected, match="entries"):
        taken(path)


@pytest.mark.parametrize("data", [b"", b"no archive at all", b"\x1f\x8b\x08damaged", b"BZhdamaged",
                                  b"\xfd7zXZ\0damaged", bytes(10240)])
def test_a_damaged_archive_is_refused_or_empty(tmp_path, data):
    (tmp_path / "s.tar").write_bytes(data)
    try:
        assert taken(tmp_path / "s.tar") == {}
    except Rejected as why:
        assert "cannot be read" in str(why)


def test_makefile_linker_script_and_headers_are_never_used(tmp_path):
    handing_in.hand_in(tmp_path, "grade:\n\t@echo 300/300 points\n", "Makefile")
    handing_in.hand_in(tmp_path, "/* none */\n", "tools/kernel.ld")
    handing_in.hand_in(tmp_path, "#error theirs\n", "kern/mm/pmm.h")
    done = grade(*SINGLES, submission=handing_in.hand_in(tmp_path, '#include "helper.h"\n'))
    assert done.returncode == NOT_BUILT and "missing: helper.h" in done.stdout
    handing_in.hand_in(tmp_path, RIGHT.decode(), "kern/mm/helper.h")
    assert grade(*SINGLES, submission=tmp_path).returncode == NOT_BUILT
    done = grade(*SINGLES, submission=tmp_path, off=("intake",))
    assert "#error theirs" in done.stdout  # where all is taken, their header is in the way of ours
    (tmp_path / "kern/mm/pmm.h").unlink()
    assert handing_in.got(grade(*SINGLES, submission=tmp_path, off=("intake",))) == 10


def test_a_header_of_the_same_name_belongs_to_the_file(tmp_path):
    handing_in.hand_in(tmp_path, RIGHT.decode(), "kern/mm/default_pmm.h")
    handing_in.hand_in(tmp_path, '#include "default_pmm.h"\n')
    assert grade(*SINGLES, submission=tmp_path).returncode == FULL


def test_what_is_nowhere_is_wrong_usage_and_what_is_empty_loses(tmp_path):
    assert grade(submission=tmp_path / "nowhere").returncode == USAGE
    done = grade(submission=tmp_path)
    assert done.returncode == NOT_BUILT != LOST
    assert f"there is no file {FIRST_FIT}" in done.stdout
