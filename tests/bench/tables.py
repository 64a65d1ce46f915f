"""What make bench prints: tables, and the targets that are met or not (targets.json)."""
import fnmatch
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
WORKLOADS = "aALbcdefu"
SHOWN = 8  # rows of a target; of more, those that do not meet it


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def value_of(row, field):
    """A figure of a row, or None; `pair` is what an allocation and its free take together."""
    if row is None or "failed" in row:
        return None
    if field == "pair":
        return row["alloc"] + row["free"] if row.get("alloc") is not None else None
    return row.get(field)


class Rows:
    def __init__(self, rows):
        self.rows = {(row["policy"], row["workload"], row["pages"]): row for row in rows}
        self.policies = list(dict.fromkeys(row["policy"] for row in rows))
        self.sizes = list(dict.fromkeys(row["pages"] for row in rows))
        self.workloads = [w for w in WORKLOADS if any(row["workload"] == w for row in rows)]

    def value(self, policy, workload, pages, field):
        return value_of(self.rows.get((policy, workload, pages)), field)

    def cell(self, policy, workload, pages, field):
        sampled = "sampled" in self.rows.get((policy, workload, pages), {})
        value = self.value(policy, workload, pages, field)
        return ("~" if sampled and value is not None and field != "instructions" else "") + number(value)

    def table(self, field, pages):
        """Lines, or none if nobody has that figure."""
        policies = [policy for policy in self.policies
                    if any(self.value(policy, w, pages, field) is not None for w in self.workloads)]
        if not policies:
            return []
        names = ["", *policies]
        cells = [names] + [[w] + [self.cell(policy, w, pages, field) for policy in policies]
                           for w in self.workloads]
        widths = [max(map(len, column)) for column in cells]
        return ["  ".join(column[i].ljust(width) if j == 0 else column[i].rjust(width)
                          for j, (column, width) in enumerate(zip(cells, widths)))
                for i in range(len(names))]


TABLES = [("instructions", "instructions an operation"),
          ("to_floor", "time, in that of the floor, a stack of single pages"),
          ("to_buddy", "time, in that of buddy_system")]


def outcomes(target, rows):
    """(policy, workload, figure, bound, met) of each row that the target speaks of."""
    bounds = target.get("at_most") or target["at_least"]
    for policy in fnmatch.filter(rows.policies, target["policy"]):
        for workload, bound in bounds.items():
            value = rows.value(policy, workload, target["pages"], target["field"])
            other = target.get("over") or target.get("above")
            if other is not None:
                base = rows.value(other.get("policy", policy), workload,
                                  other.get("pages", target["pages"]), target["field"])
                if value is not None and base:
                    value = value / base if "over" in target else value - base
                else:
                    value = None
            if value is not None:
                yield policy, workload, value, bound, (
                    value <= bound if "at_most" in target else value >= bound)


def target_lines(rows):
    with open(os.path.join(HERE, "targets.json"), encoding="utf-8") as text:
        targets = json.load(text)
    for target in targets:
        seen = list(outcomes(target, rows))
        if not seen:
            continue
        yield f"  {target['what']}: met in {sum(met for *_, met in seen)} of {len(seen)} rows"
        for policy, workload, value, bound, met in seen:
            if met and len(seen) > SHOWN:
                continue
            sign = "<=" if "at_most" in target else ">="
            yield (f"    {'met    ' if met else 'NOT MET'}  {policy} {workload}: "
                   f"{number(value)} {sign} {number(bound)}")


def show(result):
    rows = Rows(result["rows"])
    for pages in rows.sizes:
        for field, title in TABLES:
            lines = rows.table(field, pages)
            if lines:
                print("\n".join([f"{pages} pages: {title}", *lines, ""]))
    if any("sampled" in row for row in result["rows"]):
        print("~ too slow to be measured in full: the row's `sampled` says how it was")
    for row in result["rows"]:
        if "failed" in row:
            print(f"failed: {row['policy']} {row['workload']} at {row['pages']} pages: {row['failed']}")
    lines = list(target_lines(rows))
    if lines:
        print("\n".join(["", "targets", *lines]))
