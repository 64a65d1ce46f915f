"""What tools/judge and tools/grade know of the policies: the registry, and how one is judged."""
import os
import re
import shlex
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MM = os.path.join("kern", "mm")
JUDGE = os.path.join(ROOT, "build", "judge", "judge")
CHILD = os.path.join(ROOT, "build", "judge", "child.o")
FRONT_CACHE = os.path.join(ROOT, "build", "judge", "front_cache.o")
GUEST = os.path.join(ROOT, "build", "judge", "guest.o")

# A tree that was handed out: its policies are students' files, and may be old ones.
STUDENTS_TREE = os.path.exists(os.path.join(ROOT, "RELEASE"))

# Where pages must come from, beyond the contract; a policy without a rule keeps the contract.
RULES = {"first_fit": "first_fit", "default": "first_fit", "best_fit": "best_fit", "next_fit": "next_fit",
         "worst_fit": "worst_fit", "buddy_system": "buddy", "page_list_buddy": "buddy",
         "first_fit_indexed": "first_fit", "best_fit_indexed": "best_fit",
         "bitmap_buddy": "any_buddy"}


def is_buddy(name):
    return RULES.get(name) in ("buddy", "any_buddy")


# How a policy is run on the few pages of the exhaustive search and of the fuzzer, where that is not
# as it stands: `pages` of the largest pool (12), `depth` in full state (12; 0: it closes), the same
# with a front cache, `cached_depth` (as `depth`),
# `frame_bytes` that it keeps in each frame (0), `scrub`: but not in frames of free blocks; `searched`
# and `fuzzed`, names and compiler's flags of builds, such as sizes of its metadata.
SMALL = {
    "buddy_system": {"pages": 16, "depth": 0, "cached_depth": 12},
    "first_fit_indexed": {
        kind: {"first_fit_indexed": "-DCHUNK_LEVEL=0"} for kind in ("searched", "fuzzed")
    },
    "best_fit_indexed": {
        "searched": {f"best_fit_indexed{name}": f"-DCHUNK_LEVEL=0 -DLONG={n}" for name, n in (("", 64), ("_long", 3))},
        "fuzzed": {f"best_fit_indexed{name}": f"-DCHUNK_LEVEL=0 -DLONG={n}" for name, n in (("", 64), ("_long", 5))},
    },
    "bitmap_buddy": {
        "searched": {f"bitmap_buddy{n}": f"-DWORD_ORDERS={n} -DWORD_LEVELS={levels}"
                     for n, levels in ((1, 5), (2, 3))},
        "fuzzed": {f"bitmap_buddy{n}": f"-DWORD_ORDERS={n}" for n in (2, 6)},
    },
    "bitmap_exact": {
        "searched": {f"bitmap_exact{bits}": f"-DRUN_BITS={bits}" for bits in (2, 4)},
        "fuzzed": {f"bitmap_exact{bits}": f"-DRUN_BITS={bits}" for bits in (4, 64)},
    },
    "page_list_buddy": {
        "pages": 16, "depth": 0, "frame_bytes": 40, "scrub": True,
        "searched": {f"page_list_{top}{name}": f"-DPAGE_LIST_ENTRIES=3 -DPAGE_LIST_TOP={top}{flag}"
                     for top in (14, 15) for name, flag in (("", ""), ("x", " -DPAGE_LIST_INDEXED"))},
        "fuzzed": {f"page_list_buddy{name}": f"-DPAGE_LIST_ENTRIES=7 -DPAGE_LIST_TOP=19{flag}"
                   for name, flag in (("", ""), ("x", " -DPAGE_LIST_INDEXED"))},
    },
}

# How files from outside are compiled: nothing that they were right with is fatal.
LENIENT = ["-w", "-Wno-error=implicit-function-declaration", "-Wno-error=implicit-int",
           "-Wno-error=int-conversion", "-Wno-error=incompatible-pointer-types"]

# What a policy may call: what its headers declare, and what compilers and sanitizers add. All of
# these are in the kernel and in the judge's child alike.
INTERFACE = set("""
    pages npage nbase va_pa_offset pmm_metadata pmm_manager image_to_pa alloc_pages free_pages nr_free_pages
    __panic __warn cprintf vcprintf cputchar cputs snprintf vsnprintf
    strlen strnlen strcpy strncpy strcmp strncmp strchr strfind strtol
    memset memmove memcpy memcmp
    poison_window
""".split())
BY_COMPILERS = re.compile(r"__\w+[sdt]i2|"
                          r"__(add|sub|mul|div|neg|gt|ge|lt|le|eq|ne|unord|fix|float)\w*[sd][if]\w*|"
                          r"_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__gcov_\w+|"
                          r"__(asan|ubsan|sanitizer|llvm)_\w+|__(start|stop)___sancov_\w+|"
                          r"__sancov_lowest_stack")


class NotBuilt(Exception):
    """A policy does not compile, or is no policy; the text is for its author."""


def registry():
    """(name, path of its file) of each built-in policy, in the registry's order."""
    found = []
    with open(os.path.join(ROOT, MM, "policies.def")) as lines:
        for stem in re.findall(r"^PMM_POLICY\((\w+),", lines.read(), re.M):
            path = os.path.join(MM, stem + ".c")
            with open(os.path.join(ROOT, path)) as source:
                name = re.search(r'\.name\s*=\s*"(\w+)"', source.read())
            found.append((name.group(1) if name else stem, path))
    return found


def short_name(path):
    """What a policy's file is called: best_fit of kern/mm/best_fit_pmm.c."""
    return os.path.basename(path).removesuffix(".c").removesuffix("_pmm")


def kernels_name(wanted):
    """What the kernel calls the built-in policy of that name; an old file in best_fit's place may
    call itself best_fit_pmm_manager."""
    known = registry()
    if wanted in dict(known):
        return wanted
    return next((name for name, path in known if short_name(path) == wanted), wanted)


def find(wanted):
    """(name, source file, built in?) of each policy to be tried: a name, a path, or all."""
    known = registry()
    if not wanted:
        return [(name, os.path.join(ROOT, path), True) for name, path in known]
    if "/" in wanted or wanted.endswith(".c"):
        return [(os.path.splitext(os.path.basename(wanted))[0], wanted, False)]
    wanted = kernels_name(wanted)
    if wanted not in dict(known):
        names = " ".join(name for name, _ in known)
        raise NotBuilt(f"unknown policy '{wanted}'; there are {names}, or give a file NAME.c")
    return [(wanted, os.path.join(ROOT, dict(known)[wanted]), True)]


# Beside the plain child, on which every verdict rests: one counts the policy's steps, the other
# says in which line it stopped.
TRACED = ["-fsanitize-coverage=trace-pc"]
SANITIZED = ["-O1", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
             "-fno-sanitize-recover=all"]


def build_child(source, out, strict=False, extra=(), cached=False):
    """Compile the policy in `source` and make the program `out` of it, for the judge."""
    os.makedirs(os.path.dirname(out), exist_ok=True)
    command = [os.path.join(ROOT, "tools", "policy-object"), "--cc",
               " ".join(["gcc -g -O2", *extra]), "-o", out + ".o", source]
    if strict:
        command.insert(1, "--strict")
    sanitize = [flag for flag in extra if flag.startswith("-fsanitize=")]
    cache = [FRONT_CACHE] if cached else []
    build([command, ["gcc", *sanitize, CHILD, *cache, out + ".o", "-o", out]])


def build(steps):
    for step in steps:
        done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", check=False)
        if done.returncode != 0:
            raise NotBuilt(done.stdout.strip())


def guest_commands():
    """Of guest.o: compiler, nm, objcopy, and linker, each with its flags in one string. They hold
    where the tree stands now."""
    with open(os.path.splitext(GUEST)[0] + ".commands", encoding="utf-8") as lines:
        return lines.read().replace("@TREE@", shlex.quote(ROOT)).splitlines()


def guest_cache(out):
    """The front cache for RISC-V: the command that compiles it."""
    cc = shlex.split(guest_commands()[0])
    include = [f"-iquote{os.path.join(ROOT, d)}" for d in ("kern/trap", "kern/mm", "libs")]
    return [*cc, "-O2", *include, "-c", os.path.join(ROOT, MM, "front_cache.c"), "-o", out]


def guest_link(obj, out, *more):
    """The command that makes a kernel of guest.o, a policy's object and perhaps others."""
    cc, _, _, link = guest_commands()
    libgcc = subprocess.run([*shlex.split(cc), "-print-libgcc-file-name"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.strip()
    return [*shlex.split(link), GUEST, obj, *more, libgcc, "-o", out]


def build_guest(source, out, strict=False, cached=False):
    """Compile the policy in `source` for RISC-V, and make the kernel `out` of it, for the judge."""
    cc, nm, objcopy, _ = guest_commands()
    os.makedirs(os.path.dirname(out), exist_ok=True)
    command = [os.path.join(ROOT, "tools", "policy-object"), *(["--strict"] if strict else []),
               "--cc", cc, "--nm", nm, "--objcopy", objcopy, "-o", out + ".o", source]
    cache = [out + ".cache.o"] if cached else []
    build([command, *map(guest_cache, cache), guest_link(out + ".o", out, *cache)])
