"""What is said on the terminal: a line a test, and on a failure what shows it."""
import shlex

MOST_STEPS = 30
COLORS = {"ok": "32", "FAIL": "31", "part": "33"}


class Report:
    """again: the words of a command that graded this submission, up to the choice of a test."""

    def __init__(self, out, color, again, seeds_are_public):
        self.out, self.color, self.again = out, color, again
        self.seeds_are_public = seeds_are_public
        self.told = set()

    def say(self, text=""):
        print(text, file=self.out, flush=True)

    def painted(self, word, width):
        text = word.ljust(width)
        return f"\033[{COLORS[word]}m{text}\033[0m" if self.color else text

    def mark(self, mark):
        word = "ok" if mark.full else "part" if mark.got else "FAIL"
        points = f"{mark.got:g}/{mark.test.points}"
        hidden = " (hidden)" if mark.test.hidden else ""
        self.say(f"{self.painted(word, 4)} {points:>7}  {mark.name:26} {mark.test.title}{hidden}")
        if mark.full:
            return
        for line in lines_of(mark):
            if mark.problem and (mark.task.name, line) in self.told:
                continue
            self.told.add((mark.task.name, line))
            self.say(f"        {line}")
        if mark.failure and not mark.test.hidden and self.seeds_are_public:
            self.commands(mark)

    def commands(self, mark):
        words = shlex.join(self.again)
        self.say(f"        again: {words} --only {mark.name}")
        if mark.task.kind == "policy" and not mark.failure.guest:
            self.say(f"        debug: {words} --gdb {mark.name}")

    def end(self, result):
        self.say(f"\n{result.got:g}/{result.points} points")


def lines_of(mark):
    """Why points were lost: the cause, the shortest sequence, the line in the source. Of a hidden
    test only the cause's first word, the promise."""
    why = mark.problem or mark.why
    if mark.test.hidden and mark.failure:
        yield (mark.failure.again or "not as it should be") + ": a hidden test"
        return
    yield from why.splitlines()[:12]
    failure = mark.failure
    if failure is None:
        return
    if mark.failures > 1:
        yield f"({mark.failures} parts of this test are lost; this is the first)"
    yield from steps_of(failure.steps)
    if failure.source:
        yield f"stopped at {failure.source}"


def steps_of(steps):
    for number, (call, answer) in enumerate(steps[:MOST_STEPS], 1):
        yield f"{number:3}  {call:24} {answer}".rstrip()
    if len(steps) > MOST_STEPS:
        yield f"     and {len(steps) - MOST_STEPS} more"
