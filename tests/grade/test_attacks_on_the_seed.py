"""Policies that are right for the seeds they know, and wrong for all others.

Each knows the judge's generator, and gets its points from a grader that lets the seed be known.
"""
import pytest

import handing_in
from handing_in import FULL, LOST, REJECTED, SINGLES, grade

SEED = "7"
STACK = """
static uint64_t guess(void) { /* what is above the last frame: arguments, environment, own name */
    static const char name[] = "/first_fit.host", word[] = "--seed ";
    const char *at = __builtin_frame_address(0);
    while (memcmp(at, name, sizeof(name)) != 0 && memcmp(at, word, sizeof(word) - 1) != 0) {
        at++;
    }
    return *at == '/' ? 0 : (uint64_t)strtol(at + sizeof(word) - 1, NULL, 10);
}
"""
GUESSES = {
    "public": f"static uint64_t guess(void) {{ return {SEED}; }}\n",
    "arguments_and_environment": STACK,
    "memory": "static uint64_t guess(void) { return nbase; }\n",
}
IN_ENVIRONMENT = f"""
from grader import sandbox
given = sandbox.environment
sandbox.environment = lambda path: {{**given(path), "UBSAN_OPTIONS": "--seed {SEED}"}}
"""
IN_MEMORY = f"""
from grader import marking
judge = marking.judge
marking.judge = lambda child, folder, options, limits: judge(
    child, folder, [*options, "--nbase", "{SEED}"], limits)
"""
TELLING = {"public": "", "arguments_and_environment": IN_ENVIRONMENT, "memory": IN_MEMORY}
CLOCK = "static uint64_t guess(void) { return clock_minutes() / 100000; }\n"
READS_CLOCK = """
static uint64_t clock_minutes(void) {
    long now[2] = {0};
    call(CLOCK_GETTIME, 0, (long)now, 0);
    return (uint64_t)now[0] / 60;
}
"""
BY_THE_CLOCK = "import time\nfrom grader import seeds\nseeds.Seeds.of = lambda *_: int(time.time()) // 6000000\n"


def knowing(folder, guess, first=""):
    parts = (handing_in.ROOT / "libs/rng.h", handing_in.ATTACKS / "policy.h")
    rng, policy = (part.read_text() for part in parts)
    text = '#include "block_list.h"\n#include "pmm.h"\n#include "string.h"\n' + first + rng
    text += (handing_in.ATTACKS / "knows.h").read_text() + policy
    if "nbase" not in guess:  # in a kernel it has nothing to go by, and is right
        guess = f"#ifdef __riscv\nstatic uint64_t guess(void) {{ return {SEED}; }}\n#else\n{guess}#endif\n"
    return handing_in.hand_in(folder / "s", text + guess)


@pytest.mark.parametrize("name", GUESSES)
def test_who_answers_only_the_seed_it_knows_gets_nothing_where_it_is_not_told(tmp_path, name):
    submission = knowing(tmp_path, GUESSES[name])
    told = grade(*SINGLES, "--seed", SEED, submission=submission, more=TELLING[name],
                 off=("guest",))
    assert told.returncode == FULL, told.stdout + told.stderr
    (tmp_path / "key").write_bytes(bytes(range(16)))
    done = grade(*SINGLES, "--hidden", tmp_path, "--no-sandbox", "--seed", SEED,
                 submission=submission)
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout + done.stderr


@handing_in.needs_x86
def test_the_clock_tells_nothing_and_is_not_to_be_read(tmp_path):
    reach = (handing_in.ATTACKS / "reach.h").read_text().replace("@MARKER@", "/nonexistent")
    submission = knowing(tmp_path, CLOCK, reach + READS_CLOCK)
    assert grade(*SINGLES, submission=submission).returncode == REJECTED
    done = grade(*SINGLES, submission=submission, off=("gate",))
    assert done.returncode == LOST and handing_in.got(done) == 0, done.stdout + done.stderr
    told = grade(*SINGLES, submission=submission, off=("gate", "guest"), more=BY_THE_CLOCK)
    assert told.returncode == FULL, told.stdout + told.stderr
