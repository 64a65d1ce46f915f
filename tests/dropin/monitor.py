"""A file from outside in the kernel: its own check, and what the monitor says of it."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "qemu"))
from boot import boot  # noqa: E402

RUN = ("stat; alloc {}; alloc {}; alloc {}; dump; map; stat; check; free 2; free 1; free 3; stat; "
       "drain; failsweep; check; off")


def numbers(stat):
    """managed, free, granted, overhead"""
    found = re.search(r"managed +(\d+) pages: (\d+) free \+ (\d+) granted \+ (\d+) rounding or overhead",
                      stat)
    return tuple(int(n) for n in found.groups())


def boots_and_can_be_looked_at(path, lengths=(45, 31, 125)):
    """Boot with it, take and give back pages, and hold the monitor's figures against each other."""
    run = boot(RUN.format(*lengths), PMM=str(path))
    assert run.status == 0, run.output + run.errors
    assert re.search(r"^policy   \w+ \(linked in from a file\)$", run.output, re.M)
    assert "checks   policy's own passed, " in run.output
    assert run.output.count("check: the policy's own check ran at boot and passed") == 2
    before, between, after = (numbers(s) for s in run.output.split("pagelab> stat\n")[1:])
    assert between[2] == sum(lengths) and sum(between[1:]) == between[0] == before[0]
    assert after == before and before[2:] == (0, 0)

    drawn = {name: int(n) for name, n in re.findall(r"^  \S (\D+?) +(\d+) pages$", run.after("map"),
                                                    re.M)}
    assert drawn["granted"] == sum(lengths)
    known = "free" in drawn
    idle = drawn["free"] + drawn.get("policy's own", 0) if known else drawn["not granted"]
    given = before[0] + int((re.findall(r"^unmanaged (\d+) pages", run.output, re.M) or [0])[0])
    assert idle + sum(lengths) == given
    assert not known or drawn["free"] == between[1]

    largest = int(re.search(r"^free +\d+ blocks, the largest of (\d+) pages", run.after("stat"),
                            re.M).group(1))
    assert 0 < largest <= given
    assert re.search(rf"drain: of {before[1]} free pages {before[1]} were taken", run.output)
    return run
