"""Points for what a right policy costs, beside one of ours in the same course of requests.

A band is [ratio, points]: up to so many times what the reference takes. The measures are the judge's
(tests/judge/measure.h); less is better in each. Who is dear for a while only is so in one of the
windows in which instructions are counted: the dearest may take twice what a band allows, no more.
"""
import os
import shutil

from policies import ROOT, registry

from . import build
from .faults import OwnFault

PART = "measure"  # the judge's property
MEASURES = {
    "instructions": "instructions a call",
    "space": "pages taken for each page that was asked for",
    "scatter": "free pages for each page of the largest request that can be met",
}
DEAREST = "dearest"  # the judge's name for instructions a call in that window
DEAREST_MAY = 2  # times a band


def mistake(test):
    """What is wrong with the bands in a rubric, or None."""
    if not test.measure:
        return f"{test.name}: bands of nothing" if test.bands else None
    if test.measure not in MEASURES:
        return f"{test.name}: there is no measure {test.measure}"
    ratios, values = [most for most, _ in test.bands], [value for _, value in test.bands]
    if sorted(set(ratios)) != ratios or sorted(set(values), reverse=True) != values:
        return f"{test.name}: in bands ratios rise and points fall"
    best = values[:1] == [test.points]
    return None if best else f"{test.name}: the best band has all the points"


def beside(own, reference, name):
    """What `points` wants, of two of the judge's tables; `name` is the reference's."""
    both = {each: (own[each], reference[each]) for each in (*MEASURES, DEAREST)}
    return {**both, "uncounted": reference["uncounted"], "reference": name}


def farthest(measure, measured):
    """Of the mean and the dearest window what is farther off: (the submission's, the reference's,
    how many times a band they may be apart, what it is)."""
    found = [(*measured[measure], 1, MEASURES[measure])]
    if measure == "instructions":
        found.append((*measured[DEAREST], DEAREST_MAY, f"{MEASURES[measure]} in the dearest window"))
    return max(found, key=lambda each: each[0] / each[1] / each[2])


def points(test, measured):
    """(points, why they are not all). measured: {measure: (the submission's, the reference's)},
    the submission's being None when nothing was had; "uncounted": why instructions are missing."""
    if test.measure == "instructions" and measured["uncounted"]:
        return 0, f"not measured: instructions cannot be counted here: {measured['uncounted']}"
    own, reference = measured[test.measure]
    if own is None:
        return 0, (f"the {MEASURES[test.measure]} are too many to be counted; "
                   f"{measured['reference']} has {reference:.2f}")
    own, reference, may, what = farthest(test.measure, measured)
    ratio = round(own / reference, 4)
    got = next((value for most, value in test.bands if ratio <= most * may), 0)
    if got == test.points:
        return got, ""
    bands = ", ".join(f"{value} up to {most * may:g} times" for most, value in test.bands)
    return got, (f"{own:.2f} {what}; {measured['reference']} has {reference:.2f}: "
                 f"{ratio:.2f} times as many\npoints: {bands}")


def build_reference(lab, name, folder):
    """A child from the policy of ours of that name, compiled as a submission is."""
    try:
        source = os.path.join(ROOT, dict(registry())[name])
    except KeyError as why:
        raise OwnFault(f"there is no policy {name} to be measured beside") from why
    alone = os.path.join(folder, "source")
    os.makedirs(alone)
    shutil.copy(source, alone)
    child = os.path.join(folder, name)
    build.compile_object(lab, os.path.join(alone, os.path.basename(source)), child + ".o")
    build.link([child + ".o"], child)
    return child
