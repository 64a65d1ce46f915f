"""Which objects may become part of a child: plain code and data, and nothing that runs by itself.

The compiler's own checks come first: tools/policy-object refuses names that no policy is given and
a second manager. Instructions are looked for in the listing of the code, which a clever file can
mislead: what holds against that one is confine.h, in the child. This is for a clear word early.
"""
import os
import re

from policies import BY_COMPILERS, INTERFACE

from . import sandbox
from .faults import OwnFault, Rejected, switched_off

SECTIONS = re.compile(
    r"\.(text|rodata|data|bss|sdata|sbss|srodata|sdata2|sbss2)(\..+)?|"
    r"\.(rela?)(\..+)|\.debug_\w+|\.(symtab|strtab|shstrtab|comment|eh_frame|group)|"
    r"\.note\.(GNU-stack|gnu\.property)|\.riscv\.attributes|COMMON|")
RUNS_BY_ITSELF = re.compile(r"\.(rela?\.)?(pre)?(init|fini)(_array)?\b|\.(rela?\.)?[cd]tors\b")
SYMBOLS = {"NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE", "COMMON"}
EXECUTABLE = re.compile(r"\.text(\..+)?")

# Instructions that a policy has no use for: they leave the program, or look at the machine.
FORBIDDEN = {
    "host": re.compile(r"syscall|sysenter|sysret|int|int1|int3|into|in|out|rdtscp?|rdpmc|rdpid|"
                       r"pushf[qw]?|popf[qw]?|cpuid|xgetbv|[rw]r[fg]sbase|xbegin|svc|hvc|smc|mrs|msr"),
    "riscv": re.compile(r"ecall|[ums]ret|wfi|csr\w*|f[rs]csr|rdcycleh?|rdtimeh?|rdinstreth?|"
                        r"sfence\S*|hfence\S*|hlv\S*|hsv\S*|"
                        r"\.(byte|short|word|[248]byte|insn)"),  # written as numbers
}

SECTION_LINE = re.compile(r"^ *\[ *\d+\] (?P<name>\S*) +(?P<type>[A-Z_]+[A-Z_0-9]*) +[0-9a-f]+ "
                          r"[0-9a-f]+ (?P<size>[0-9a-f]+) [0-9a-f]{2} +(?P<flags>[A-Za-z]*) +\d+ +\d+ "
                          r"+(?P<align>\d+)$", re.M)
SYMBOL_LINE = re.compile(r"^ *\d+: [0-9a-f]+ +\w+ (?P<type>\S+) +(?P<bind>\S+) +\S+ +(?:\[.*?\] +)?"
                         r"(?P<place>\S+)(?: +(?P<name>\S+))?", re.M)
FUNCTION_LINE = re.compile(r"^[0-9a-f]+ <([^.>].*)>:$")
CODE_LINE = re.compile(r"^ *[0-9a-f]+:\t(?:(?:lock|rep|repz|repnz|bnd|notrack|data16) )*(\S+)")


OBJECT_BYTES = 4 << 20
MEMORY_BYTES = 8 << 20  # of code and data; a guest has room for twice as much
LISTING = sandbox.Bounds(output=64 << 20)


def listing(program, options, path):
    done = sandbox.run([program, *options, path], LISTING, readonly=[path])
    if len(done.data) == LISTING.output:
        raise Rejected("the object is too large to be looked at")
    if done.status != 0 or done.late:
        raise OwnFault(f"{program} cannot read the object: {done.output.strip()[:200]}")
    return done.output


def check(path, machine, prefix="", defines="dropin_pmm_manager"):
    """Raise Rejected with every reason, if there is any. machine: host or riscv; `defines`: the
    one name that others see."""
    if "gate" in switched_off:
        return
    if os.path.getsize(path) > OBJECT_BYTES:
        raise Rejected(f"the object has more than {OBJECT_BYTES >> 20} MiB")
    reasons = [*sections(listing(prefix + "readelf", ["-SW"], path)),
               *symbols(listing(prefix + "readelf", ["-sW"], path), defines),
               *instructions(listing(prefix + "objdump", ["-d", "--no-show-raw-insn"], path),
                             machine)]
    if reasons:
        raise Rejected("\n".join(dict.fromkeys(reasons)))


def check_program(path):
    """Once more on a linked child, as here nothing else stands in the way: the loader would call a
    resolver before the child has given up anything."""
    if "program" not in switched_off and "IRELATIV" in listing("readelf", ["-rW"], path):
        raise Rejected("a function that the loader would choose by calling one")


def sections(text):
    lines = list(SECTION_LINE.finditer(text))
    if not lines or len(lines) != len(re.findall(r"^ *\[ *\d+\]", text, re.M)):
        yield "the object has sections that cannot be read"
    for line in lines:
        name, flags = line["name"], line["flags"]
        if RUNS_BY_ITSELF.match(name) or re.search(r"(INIT|FINI)_ARRAY", line["type"]):
            yield f"{name}: code that would run before it is called"
        elif not SECTIONS.fullmatch(name):
            yield f"{name}: a section that no policy has"
        elif "X" in flags and not EXECUTABLE.fullmatch(name):
            yield f"{name}: code outside .text"
        elif "T" in flags:
            yield f"{name}: data of a thread"
    if sum(int(line["size"], 16) + int(line["align"]) for line in lines
           if "A" in line["flags"]) > MEMORY_BYTES:
        yield f"its code and data take more than {MEMORY_BYTES >> 20} MiB"


def symbols(text, defines):
    exported = False
    for line in SYMBOL_LINE.finditer(text):
        name, bind = line["name"] or "", line["bind"]
        if line["type"] not in SYMBOLS or bind not in ("LOCAL", "GLOBAL", "WEAK"):
            yield f"{name}: a symbol of type {line['type']} ({bind})"
        if line["place"] == "UND" and name and not (name in INTERFACE or
                                                    BY_COMPILERS.fullmatch(name)):
            yield f"{name}: used, but no policy is given it"
        if line["place"] != "UND" and bind != "LOCAL":
            exported = exported or name == defines
            if name != defines:
                yield f"{name}: seen by others"
    if not exported:
        yield f"{defines} is not defined"


def instructions(text, machine):
    function = "?"
    for line in text.splitlines():
        start = FUNCTION_LINE.match(line)
        code = CODE_LINE.match(line)
        if start:
            function = start[1]
        elif code and FORBIDDEN[machine].fullmatch(code[1]):
            yield f"{function}: the instruction {code[1]}"
