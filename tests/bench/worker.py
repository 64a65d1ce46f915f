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

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as text:
            fields = text.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, line, seconds=120):
        """The answer as a dictionary; Failed when it takes so much processor time, or 20 times as long."""
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass
        began, end = self.processor_seconds(), time.monotonic() + 20 * seconds
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], 0.2)[0]:
                if self.processor_seconds() - began > seconds or time.monotonic() > end:
                    self.process.kill()
                    raise Failed(f"'{line}' takes longer than {seconds:.0f} s")
                continue
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
