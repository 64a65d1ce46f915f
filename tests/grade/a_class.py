"""A class of any size: submissions made from the files of tests/dropin, right and wrong ones.

As a program: a_class.py FOLDER COUNT, to time a batch or to look at its report.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests/dropin").glob("[rw]*/*_pmm.c"))
PLACE = "kern/mm/default_pmm.c"
ODD = {3: "Zoë Ó Briain", 7: "王 伟", 11: "<img src=x onerror=alert(1)>", 13: "=1+1", 17: "-rf",
       19: "a\nb", 23: "semi;colon $(x)"}  # what names of folders are really like


def text_of(path, seen=()):
    """The file with the headers that stand beside it written out, each once."""
    def written_out(line):
        header = path.parent / line[1]
        if not header.exists() or header in seen:
            return line[0] if not header.exists() else ""
        return text_of(header, (*seen, header))
    return re.sub(r'(?m)^#include "([^"]+)"$', written_out, path.read_text(encoding="utf-8"))


def submission(number):
    """(name, text): the file for this number, written by somebody who calls things otherwise."""
    text = text_of(FILES[number % len(FILES)])
    text = re.sub(r"\b(base|order|left|size)\b", rf"\1_{number // len(FILES)}", text) \
        if number % 2 else text
    name = ODD.get(number, f"student {number:03}")
    return name, f"/* handed in by number {number} */\n{text}"


def make(folder, count):
    for number in range(count):
        name, text = submission(number)
        place = pathlib.Path(folder) / name / PLACE
        place.parent.mkdir(parents=True)
        place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
