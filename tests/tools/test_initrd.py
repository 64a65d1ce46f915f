"""tools/initrd, and what the programs are like that it packs."""
import os
import pathlib
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT, LIMIT = 0x800020, 1 << 31
R, W, X, LOAD = 4, 2, 1, 1


def pack(out, folder, *programs):
    subprocess.run([ROOT / "tools/initrd", out, "true", folder, *programs], check=True)
    return out.read_bytes()


def names(archive):
    listed = subprocess.run(["cpio", "-t", "--quiet"], input=archive, stdout=subprocess.PIPE,
                            check=True)
    return listed.stdout.decode().split()


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    def make(name, order, when, mask):
        root = tmp_path / name
        old = os.umask(mask)
        try:
            for path in order:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text("contents of %s\n" % path)
                os.utime(root / path, (when, when))
        finally:
            os.umask(old)
        return root
    return make


def test_the_same_files_make_the_same_bytes_whenever_and_however_they_were_made(folder, tmp_path):
    files = ["etc/b", "etc/a", "Z"]
    one = pack(tmp_path / "1.cpio", folder("one", files, 1e9, 0o022))
    two = pack(tmp_path / "2.cpio", folder("two", files[::-1], 1.1e9, 0o077))
    assert one == two
    assert names(one) == ["Z", "bin", "etc", "etc/a", "etc/b"]
    assert sorted(p.suffix for p in tmp_path.iterdir()) == ["", "", ".cpio", ".cpio"]


def programs():
    return sorted(p for p in (ROOT / "build/user").iterdir()
                  if p.is_file() and p.read_bytes()[:4] == b"\x7fELF")


def segments(program):
    """(flags, first address, end, bytes in the file) of each part that is loaded."""
    data = program.read_bytes()
    entry, phoff = struct.unpack_from("<QQ", data, 24)
    count = struct.unpack_from("<H", data, 56)[0]
    headers = [struct.unpack_from("<IIQQQQQQ", data, phoff + 56 * n) for n in range(count)]
    return entry, [(flags, va, va + memsz, filesz)
                   for kind, flags, _, va, _, filesz, memsz, _ in headers if kind == LOAD]


def test_every_program_begins_where_the_course_has_it_and_no_page_has_two_rights():
    assert len(programs()) == len(list((ROOT / "user").glob("*.c")))
    for program in programs():
        entry, loaded = segments(program)
        text = next((start, end) for flags, start, end, _ in loaded if flags == R | X)
        assert text[0] == TEXT and text[0] <= entry < text[1], program
        pages = {}
        for flags, start, end, _ in loaded:
            assert flags in (R | X, R, R | W) and end <= LIMIT, program
            for page in range(start >> 12, (end + 4095) >> 12):
                assert pages.setdefault(page, flags) == flags, (program, hex(page << 12))


def test_the_archive_that_is_built_has_every_program_and_the_texts():
    found = names((ROOT / "build/initrd.cpio").read_bytes())
    assert {"bin/" + p.name for p in programs()} | {"etc/motd", "etc/tour.sh"} <= set(found)
