"""One design in a process of its own (host.c), asked line by line."""
import json
import os
import select
import subprocess
import tempfile
import time

from callgrind import per_call

CALLGRIND = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"]


class Failed(Exception):
    """The allocator did not answer; the text says why."""


class Worker:
    """`counted`: under callgrind, in a folder where its files may lie."""

    def __init__(self, design, pages, counted=None):
        self.design, self.pages, self.counted = design, pages, counted
        self.dumps, self.rest = 0, b""
        command = [design.program, str(pages), design.policy]
        if counted is not None:
            command = [*CALLGRIND, f"--callgrind-out-file={counted}/out", *command, "--touch"]
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()

    def ask(self, line, seconds=60):
        """The answer as a dictionary."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass
        end = time.monotonic() + seconds
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.process.kill()
                raise Failed(f"'{line}' takes longer than {seconds:.0f} s")
            more = os.read(self.process.stdout.fileno(), 65536)
            if not more:
                raise Failed(self.last_words())
            self.rest += more
        answer, self.rest = self.rest.split(b"\n", 1)
        return json.loads(answer)

    def last_words(self):
        status = self.process.wait()
        self.errors.seek(0)
        said = [line for line in self.errors.read().decode(errors="replace").splitlines()
                if not line.startswith("==")]
        return said[-1] if said else f"ended with status {status}"

    def counts(self):
        """(instructions of an alloc, of a free, calls) since the last time."""
        self.ask("dump x")
        self.dumps += 1
        return per_call(f"{self.counted}/out.{self.dumps}")
