"""Boot the kernel and look at what it printed.

PAGELAB_QEMU, PAGELAB_OPTS ... in the environment choose another machine for all tests.
"""

import dataclasses
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from policies import registry  # noqa: E402

POLICIES = tuple(name for name, _ in registry())

# One of those that answer alike: for what stands on pages.
KINDS = tuple(name for name in POLICIES
              if name not in ("first_fit_indexed", "best_fit_indexed", "bitmap_exact"))


@dataclasses.dataclass
class Run:
    status: int
    output: str  # from pagelab's first line on
    errors: str

    def after(self, command):
        """What came between the echo of `command` and the next one."""
        head = f"pagelab> {command}\n"
        assert head in self.output, self.output
        return self.output.split(head, 1)[1].split("pagelab> ", 1)[0]


def boot(run=None, *, stdin=b"", **variables):
    """tools/qemu with these variables, its input closed after `stdin`."""
    if run is not None:
        variables["RUN"] = run
    done = subprocess.run([ROOT / "tools/qemu", *(f"{k}={v}" for k, v in variables.items())],
                          input=stdin, capture_output=True, timeout=120, check=False, cwd=ROOT,
                          env={name: value for name, value in os.environ.items()
                               if name == "PATH" or name.startswith("PAGELAB_")})
    text = done.stdout.decode(errors="replace").replace("\r", "")
    return Run(done.returncode, text[text.find("pagelab "):], done.stderr.decode(errors="replace"))
