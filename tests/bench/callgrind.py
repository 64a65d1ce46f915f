"""What callgrind counted inside the allocator: the calls that bench_alloc and bench_free make."""
import re

FUNCTION = re.compile(r"fn=\((\d+)\)(?: (.*))?")


def calls_made_by(lines, callers):
    """{caller: (calls, instructions in them)} of a callgrind.out file's lines, for those names."""
    names, current, after_call = {}, None, False
    found = {caller: [0, 0] for caller in callers}
    for line in lines:
        name = FUNCTION.match(line.lstrip("c"))
        if name and name[2]:
            names[name[1]] = name[2]
        if line.startswith("fn=") and name:
            current = names[name[1]]
        elif line.startswith("calls=") and current in found:
            found[current][0] += int(line[6:].split()[0])
            after_call = True
        elif after_call:
            found[current][1] += int(line.split()[1])
            after_call = False
    return {caller: tuple(sums) for caller, sums in found.items()}


def per_call(path):
    """(instructions of an alloc, of a free, calls counted) in that file."""
    with open(path, encoding="utf-8") as lines:
        found = calls_made_by(lines, ("bench_alloc", "bench_free"))
    (allocs, alloc), (frees, free) = found["bench_alloc"], found["bench_free"]
    if allocs == 0 or frees == 0:
        raise ValueError(f"{path}: {allocs} allocs and {frees} frees were counted")
    return alloc / allocs, free / frees, allocs + frees
