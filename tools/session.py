"""The kernel's monitor from outside: commands go in, what each of them printed comes out."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROMPT = "pagelab> "
TIMEOUT = 120  # seconds for a build or a boot


class Failed(Exception):
    """The kernel did not come up, or a command failed; the text is for whoever asked."""


def said_by(*command, typed=""):
    try:
        return subprocess.run(command, input=typed.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{os.path.basename(command[0])}: no end after {TIMEOUT} s") from late


def run(policy, commands, memory="128M", go_on=False):
    """[what each of `commands` printed], of one boot of a policy by name or path, as it is now.

    A command that fails ends the run. go_on: it does not, as at the prompt."""
    made = said_by("make", "-s", "-C", ROOT, "build/kernel.elf")
    if made.returncode != 0:
        raise Failed(made.stderr.decode(errors="replace").strip())
    lines = [*commands, "off"]
    how = "INITRD=none" if go_on else "RUN=" + "; ".join(lines)
    done = said_by(os.path.join(ROOT, "tools", "qemu"), f"PMM={policy}", f"MEM={memory}", how,
                   typed="\n".join([*lines, ""]) if go_on else "")
    text = done.stdout.decode(errors="replace").replace("\r", "")
    first, *pieces = text[max(text.find("pagelab "), 0):].split(PROMPT)
    if done.returncode != 0:
        said = (pieces[-1] if pieces else first) + done.stderr.decode(errors="replace")
        raise Failed(f"tools/qemu: status {done.returncode}\n{said.strip()}")
    return [piece.partition("\n")[2] for piece in pieces[:len(commands)]]
