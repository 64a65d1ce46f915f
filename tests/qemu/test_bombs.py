"""What programs do at their worst: the shell goes on behind it, and all memory comes back."""

import re

import pytest

from boot import KINDS, boot

# What each says when it has come to its end.
BOMBS = {
    "forkbomb": r"forkbomb: at least (\d+) processes",
    "memhog": r"memhog: (\d+) MiB taken and given back, status -8",
    "stackbomb": r"stackbomb pass\.",
    "closeall": r"closeall pass\.",
    "execgarbage": r"execgarbage pass\.",
    "orphans": r"orphans pass\.",
}
SCHEDULERS = ("rr", "stride")


@pytest.fixture(scope="module", params=[
    (policy, memory, SCHEDULERS[i % 2])
    for i, (policy, memory) in enumerate(zip(KINDS, ("16M", "128M", "16M") * len(KINDS)))
], ids="-".join, name="run")
def shell_after_bombs(request):
    policy, memory, scheduler = request.param
    line = "; ".join(f"{bomb}; echo behind {bomb}" for bomb in BOMBS)
    return memory, boot(PMM=policy, MEM=memory, ARGS=f"sched={scheduler}", SH=line)


def test_the_shell_goes_on_and_memory_is_whole(run):
    _, bombs = run
    assert bombs.status == 0, bombs.output
    assert "init check memory pass.\n" in bombs.output
    for bomb, said in BOMBS.items():
        assert re.search(rf"^{said}\nbehind {bomb}$", bombs.output, re.M), bombs.output


def test_a_bomb_takes_most_of_what_there_is(run):
    memory, bombs = run
    taken = int(re.search(BOMBS["memhog"], bombs.output)[1])
    assert taken >= 0.75 * int(memory[:-1]), bombs.output
    assert int(re.search(BOMBS["forkbomb"], bombs.output)[1]) > 10, bombs.output
