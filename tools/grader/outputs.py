"""Results for other programs: JSON, JUnit XML, Gradescope, Autolab, GitHub Classroom."""
import json
import os
import tempfile
import xml.etree.ElementTree as xml

from . import report


def write(path, text):
    """The whole file or none of it, for readers that come at any time."""
    handle, part = tempfile.mkstemp(prefix=".", dir=os.path.dirname(os.path.abspath(path)))
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def detail(mark):
    return "\n".join(report.lines_of(mark)) if not mark.full else ""


def as_json(result):
    """Everything that is known; what a student must not see is marked hidden."""
    return json.dumps({
        "submission": result.digest, "status": result.status, "score": result.got,
        "max_score": result.points,
        "problems": {name: str(problem) for name, problem in result.problems.items()},
        "tests": [{"name": mark.name, "title": mark.test.title, "score": mark.got,
                   "max_score": mark.test.points, "hidden": mark.test.hidden,
                   "why": mark.problem or mark.why, "output": detail(mark),
                   "steps": [{"call": call, "answer": answer}
                             for call, answer in (mark.failure.steps if mark.failure else ())],
                   "seed": mark.failure.seed if mark.failure else None}
                  for mark in result.marks]}, indent=2) + "\n"


def as_junit(result):
    """A suite for each task; a test that lost points is a failure, whatever it still got."""
    top = xml.Element("testsuites", name="pagelab", tests=str(len(result.marks)),
                      failures=str(sum(not mark.full for mark in result.marks)), errors="0")
    for name in dict.fromkeys(mark.task.name for mark in result.marks):
        marks = [mark for mark in result.marks if mark.task.name == name]
        suite = xml.SubElement(top, "testsuite", name=name, tests=str(len(marks)), errors="0",
                               failures=str(sum(not mark.full for mark in marks)), skipped="0")
        for mark in marks:
            case = xml.SubElement(suite, "testcase", classname=name, name=mark.test.name)
            if not mark.full:
                points = f"{mark.got:g}/{mark.test.points} points"
                xml.SubElement(case, "failure", type="points", message=points).text = detail(mark)
    xml.indent(top)
    return xml.tostring(top, encoding="unicode", xml_declaration=True) + "\n"


def as_gradescope(result):
    """results.json of a Gradescope autograder; hidden tests show when grades are published."""
    return json.dumps({
        "score": result.got, "output_format": "text", "visibility": "visible",
        "tests": [{"name": f"{mark.name}: {mark.test.title}", "score": mark.got,
                   "max_score": mark.test.points, "number": str(number), "output": detail(mark),
                   "status": "passed" if mark.full else "failed",
                   "visibility": "after_published" if mark.test.hidden else "visible"}
                  for number, mark in enumerate(result.marks, 1)]}, indent=2) + "\n"


def as_autolab(result):
    """The last line of output that Autolab reads: points by problem, here by task."""
    scores = {}
    for mark in result.marks:
        scores[mark.task.name] = round(scores.get(mark.task.name, 0) + mark.got, 2)
    return json.dumps({"scores": scores})


def as_classroom(result):
    """What GitHub Classroom's autograding reporter takes from a runner, as JSON."""
    status = {True: "pass", False: "fail"}
    return json.dumps({
        "version": 1, "status": status[result.got == result.points], "max_score": result.points,
        "tests": [{"name": mark.name, "status": status[mark.full], "score": mark.got,
                   "message": detail(mark) or None, "test_code": "", "filename": mark.task.file,
                   "line_no": 0, "execution_time": "0s"} for mark in result.marks]})
