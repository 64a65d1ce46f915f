"""report.html: a class on one page, a file that needs nothing else and may be sent on.

The page is built as a tree of elements, so that whatever a student has a say in - names, messages -
is text and never markup; the browser is told besides to run nothing but the one script that is
named by its hash, and to load nothing at all.
"""
import base64
import dataclasses
import hashlib
import os
import statistics
import xml.etree.ElementTree as xml

from .faults import OwnFault

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")
BINS = 20
MOST_PAIRS = 30  # on the page; the others are in the file
STATUS = {0: "full marks", 1: "points lost", 3: "does not build", 4: "refused", 5: "not graded"}


@dataclasses.dataclass(frozen=True)
class Similar:
    """pairs: of similarity.py, from `least` percent on; note: whom they leave out, and why; file:
    where all of them are."""

    pairs: list
    least: int
    note: str
    file: str


def e(tag, *inside, **attributes):
    """An element. A name's trailing _ is dropped, the others stand for a hyphen."""
    made = xml.Element(tag, {name.rstrip("_").replace("_", "-"): str(value)
                             for name, value in attributes.items()})
    for each in inside:
        if isinstance(each, xml.Element):
            made.append(each)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + str(each)
        else:
            made.text = (made.text or "") + str(each)
    return made


def number(value):
    return f"{value:.1f}".removesuffix(".0")


def count(value, what):
    return f"{value} {what}" + ("" if value == 1 else "s")


# ---- parts of the page -------------------------------------------------------------------------

def figures(rows, graded):
    """What a teacher asks first: [(value, what it is)]."""
    scores = [row["score"] for row in graded]
    found = [(str(len(rows)), "submissions" if len(rows) != 1 else "submission")]
    if scores:
        found += [(number(statistics.median(scores)), "median"),
                  (number(statistics.fmean(scores)), "mean"),
                  (str(sum(row["status"] == 0 for row in graded)), "full marks"),
                  (str(sum(row["status"] in (3, 4) for row in graded)), "not built or refused")]
    missing = len(rows) - len(graded)
    if missing:
        found.append((str(missing), "not graded"))
    return e("ul", *(e("li", e("b", value), " ", e("span", what)) for value, what in found),
             class_="figures")


def bin_of(row):
    share = row["score"] / row["max_score"] if row["max_score"] else 0
    return min(int(share * BINS), BINS - 1)


def histogram(graded):
    """Twenty bars over the share of the points; the last one has full marks in it."""
    bars = [0] * BINS
    for row in graded:
        bars[bin_of(row)] += 1
    most, top = max(bars), graded[0]["max_score"]
    width, height, left, ground = 36, 170, 20, 210
    drawn = [e("line", x1=left, x2=left + BINS * width, y1=ground, y2=ground, class_="axis")]
    for at, value in enumerate(bars):
        tall, x = round(height * value / most, 1), left + at * width
        span = f"{number(top * at / BINS)} to {number(top * (at + 1) / BINS)} points"
        drawn.append(e("rect", e("title", f"{span}: {count(value, 'submission')}"), x=x + 2,
                       y=ground - tall, width=width - 4, height=tall, rx=3, class_="bar"))
        if value:
            drawn.append(e("text", value, x=x + width / 2, y=ground - tall - 6, class_="count"))
        if at % 4 == 0:
            drawn.append(e("text", number(top * at / BINS), x=x, y=ground + 20, class_="tick"))
    drawn.append(e("text", number(top), x=left + BINS * width, y=ground + 20, class_="tick"))
    median = statistics.median(row["score"] for row in graded)
    at = left + round(BINS * width * median / (top or 1), 1)
    drawn += [e("line", x1=at, x2=at, y1=6, y2=ground, class_="median"),
              e("text", f"median {number(median)}", x=at - 8 if 2 * median > top else at + 8, y=14,
                class_="before" if 2 * median > top else "after")]
    return e("svg", *drawn, viewBox=f"0 0 {left * 2 + BINS * width} 236", role="img",
             aria_label="How many submissions have how many points", class_="histogram")


def bar(share):
    """A share from 0 to 1 as a short bar."""
    return e("svg", e("rect", width=100, height=8, rx=4, class_="rest"),
             e("rect", width=round(100 * share, 1), height=8, rx=4, class_="part"),
             viewBox="0 0 100 8", class_="share", aria_hidden="true")


def table(heads, lines, **attributes):
    """heads: (title, its column's class); a line's cells are elements or text."""
    head = e("tr", *(e("th", title, class_=kind, scope="col") for title, kind in heads))
    return e("div", e("table", e("thead", head), e("tbody", *lines), **attributes), class_="wide")


def cells(heads, values):
    """A row; a value may be (what sorts it, what is shown)."""
    found = []
    for (_, kind), value in zip(heads, values):
        key, seen = value if isinstance(value, tuple) else (None, value)
        more = {} if key is None else {"data-key": key}
        found.append(e("td", *(seen if isinstance(seen, list) else [seen]), class_=kind, **more))
    return e("tr", *found)


def lost_tests(wanted, graded):
    """Tests by how many lost points there."""
    lost, got = {}, {}
    for row in graded:
        for test in row["tests"]:
            name = test["name"]
            lost[name] = lost.get(name, 0) + (test["score"] < test["max_score"])
            got[name] = got.get(name, 0) + test["score"]
    heads = (("test", "test"), ("what it asks", "text"), ("lost points", "number"), ("", "drawn"),
             ("mean", "number"))
    lines = []
    for task, tests in wanted:
        for test in tests:
            name = f"{task.name}/{test.name}"
            mean = f"{number(got.get(name, 0) / len(graded))} / {test.points}"
            lines.append((-lost.get(name, 0), cells(heads, (
                e("code", name), test.title + (" (hidden)" if test.hidden else ""),
                (lost.get(name, 0), str(lost.get(name, 0))), bar(lost.get(name, 0) / len(graded)),
                (got.get(name, 0), mean)))))
    return table(heads, [line for _, line in sorted(lines, key=lambda each: each[0])])


def similar_pairs(similar):
    note = [e("p", similar.note, class_="note")] if similar.note else []
    if not similar.pairs:
        none = f"No pair shares {similar.least} % or more of what is not in the handout."
        return note or [e("p", none)]
    heads = (("file", "test"), ("whose", "name"), ("lines", "number"), ("shared", "number"),
             ("", "drawn"), ("shared", "number"), ("lines", "number"), ("whose", "name"))
    lines = [cells(heads, (e("code", os.path.basename(pair.file)), pair.first, str(pair.lines[0]),
                           f"{pair.percent[0]} %", bar(max(pair.percent) / 100),
                           f"{pair.percent[1]} %", str(pair.lines[1]), pair.second))
             for pair in similar.pairs[:MOST_PAIRS]]
    told = (f"Pairs of which one shares at least {similar.least} % of its own part with the other. "
            "Lines are what is left without the handout; names, layout and comments do not count. "
            "Few lines are easily alike: look before you judge.")
    more = len(similar.pairs) - MOST_PAIRS
    rest = [e("p", f"{more} more are in ", e("a", similar.file, href=similar.file))]
    return [*note, e("p", told), table(heads, lines), *(rest if more > 0 else [])]


def everyone(wanted, rows, names):
    """A line a submission. names: {author: file of the result}."""
    heads = (("name", "name"), ("points", "number"), ("", "drawn"),
             *((task.name, "number") for task, _ in wanted), ("state", "status"), ("lost", "lost"))
    lines = []
    for author, row in rows.items():
        state = row["status"]
        mark = e("span", STATUS.get(state, state), class_=f"state s{state}")
        if "fault" in row:
            lines.append(cells(heads, (author, (-1, "–"), "", *["–" for _ in wanted],
                                       (state, mark), row["fault"])))
            continue
        share = row["score"] / row["max_score"] if row["max_score"] else 0
        of_task = {task.name: sum(test["score"] for test in row["tests"]
                                  if test["name"].startswith(task.name + "/"))
                   for task, _ in wanted}
        points = e("a", number(row["score"]), href=names[author])
        lines.append(cells(heads, (author, (row["score"], points), bar(share),
                                   *((got, number(got)) for got in of_task.values()),
                                   (state, mark), lost_by(row))))
    return table(heads, lines, class_="sorted")


def lost_by(row):
    """A line that opens: the tests that lost points, with the reason."""
    lost = [test for test in row["tests"] if test["score"] < test["max_score"]]
    if not lost:
        return (0, "")
    reasons = [e("li", e("code", test["name"]), " ",
                 f"{number(test['score'])}/{test['max_score']} ", test["why"].split("\n")[0])
               for test in lost]
    return (len(lost), e("details", e("summary", count(len(lost), "test")), e("ul", *reasons)))


# ---- the page ----------------------------------------------------------------------------------

def part(name):
    with open(os.path.join(PAGE, name), encoding="utf-8") as file:
        return file.read()


def only(text):
    """The word of a policy that allows this text and no other."""
    code = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{code}'"


def page(title, wanted, rows, names, similar):
    """The whole file. rows: {author: row} as batch.py has them."""
    style, script = part("report.css"), part("report.js")
    graded = [row for row in rows.values() if row["status"] != OwnFault.status]
    policy = f"default-src 'none'; style-src {only(style)}; script-src {only(script)}"
    tasks = ", ".join(task.name for task, _ in wanted)
    body = [e("header", e("h1", title), e("p", tasks), figures(rows, graded))]
    if graded:
        body += [e("section", e("h2", "Marks"), histogram(graded)),
                 e("section", e("h2", "Where points were lost"), lost_tests(wanted, graded))]
    body += [e("section", e("h2", "Similar submissions"), *similar_pairs(similar)),
             e("section", e("h2", "Everyone"), everyone(wanted, rows, names))]
    head = e("head", e("meta", charset="utf-8"),
             e("meta", http_equiv="Content-Security-Policy", content=policy),
             e("meta", name="viewport", content="width=device-width, initial-scale=1"),
             e("title", f"{title}: marks"), e("style", style))
    whole = e("html", head, e("body", e("main", *body), e("script", script)), lang="en")
    return "<!doctype html>\n" + xml.tostring(whole, encoding="unicode", method="html") + "\n"
