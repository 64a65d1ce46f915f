"""The judge's answers in docs/found.md; run as a program, it writes them anew."""
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOUND = ROOT / "docs" / "found.md"

# A command, and the judge's answer below it.
BLOCK = re.compile(r"^```\n\$ (tools/judge [^\n]*)\n(.*?)^```$", re.M | re.S)


def answer(command):
    """The judge's first broken promise with its table, less limitations and the tree's place."""
    done = subprocess.run(command.split(), cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False)
    table = re.search(r"^BROKEN .*?(?=^    again: )", done.stdout, re.M | re.S)
    if done.returncode != 1 or table is None:
        raise RuntimeError(f"{command}: status {done.returncode}\n{done.stdout}")
    return re.sub(r"^    limitation .*\n", "", table[0], flags=re.M)


def main():
    text = FOUND.read_text(encoding="utf-8")
    FOUND.write_text(BLOCK.sub(lambda b: f"```\n$ {b[1]}\n{answer(b[1])}```", text),
                     encoding="utf-8")


if __name__ == "__main__":
    main()
