"""build/bench/report.html: what the benches found, as one file that needs nothing else.

The figures are in the page as they are in the JSON files, and page/report.js draws them with uPlot,
which is put into the page, too. The browser is told to load nothing and to run these scripts alone.
"""
import base64
import hashlib
import html
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BENCH = os.path.join(ROOT, "build", "bench")
UPLOT = os.path.join(ROOT, "build", "npm", "node_modules", "uplot", "dist")
MISSING = "not made, as uPlot is missing: run tools/setup bench"


def text_of(*path):
    with open(os.path.join(*path), encoding="utf-8") as lines:
        return lines.read()


def figures(folder):
    """{"host": ..., "guest": ...} of the files that are there."""
    found = {}
    for kind in ("host", "guest"):
        path = os.path.join(folder, kind + ".json")
        if os.path.exists(path):
            found[kind] = json.loads(text_of(path))
    return found


def digest(script):
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def page_of(data, uplot):
    """The page, as text; `uplot`: the folder with its files."""
    scripts = [text_of(uplot, "uPlot.iife.min.js"), text_of(HERE, "page", "report.js")]
    styles = [text_of(uplot, "uPlot.min.css"), text_of(HERE, "page", "report.css")]
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {' '.join(map(digest, scripts))}"
    shown = json.dumps(data).replace("<", "\\u003c")
    return "\n".join([
        "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>pagelab bench</title>", *(f"<style>\n{style}</style>" for style in styles), "</head>",
        "<body>", "<main></main>",
        f'<script type="application/json" id="data">{shown}</script>',
        *(f"<script>{script}</script>" for script in scripts), "</body>", "</html>", ""])


def write(folder=BENCH, uplot=UPLOT):
    """The path of the page made of the figures in `folder`, or None: uPlot is not there."""
    if not os.path.isdir(uplot):
        return None
    path = os.path.join(folder, "report.html")
    with open(path, "w", encoding="utf-8") as out:
        out.write(page_of(figures(folder), uplot))
    return path


if __name__ == "__main__":
    print("report: " + (write() or MISSING))
