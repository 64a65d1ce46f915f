"""grade - marks for the allocator lab, which the submission has no say in.

Of a submission the policy files count and nothing else. Each is compiled in a sandbox, checked, and
answers the judge's calls in a process of its own; the judge decides. Without --submission this
tree is graded, without --task the three policies of the lab.

Status: 0 full marks; 1 points were lost; 2 usage; 3 a file does not build; 4 a file may not be
used; 5 the grader's own fault; 130 interrupted.
"""
import argparse
import fnmatch
import os
import signal
import sys
import traceback

from policies import ROOT, STUDENTS_TREE

from . import (batch, build, debug, grading, outputs, plain, sandbox, scratch, seeds, tasks,
               variants)
from .faults import INTERRUPTED, Fault, OwnFault, Usage
from .report import Report


def part(text):
    index, of = map(int, text.split("/"))
    if not 1 <= index <= of:
        raise ValueError(text)
    return index, of


def arguments(argv):
    first, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(prog="grade", description=first, epilog=rest,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--submission", metavar="DIR|TAR|GIT", default=ROOT, help="what was handed in; this tree")
    add("--task", metavar="NAME", action="append", help="this task, or all; again for another")
    add("--only", metavar="GLOB", default="*", help="tests whose name fits")
    add("--list", action="store_true", help="the tests and their points")
    add("-j", dest="jobs", metavar="N", type=int, default=os.cpu_count(), help="so many at a time")
    add("--seed", metavar="N", type=int, default=1, help="the public seed; 1")
    add("--hidden", metavar="DIR", help="the course's folder: file key, more tests and policies")
    add("--author", metavar="NAME", help="with --hidden: whose it is, for tasks that differ by student")
    add("--choose", metavar="NAME=VALUE", action="append", default=[],
        help="at home: the variant that was handed out")
    add("--variant", metavar="NAME", help="with --hidden: print what to hand to that student")
    add("--batch", metavar="DIR", help="every submission in that folder; marks.csv and report.html "
                                       "in DIR-results")
    add("--resume", action="store_true", help="with --batch: keep results that are there")
    add("--sshlogin", metavar="HOSTS", help="with --batch: on these machines, by GNU parallel")
    add("--part", metavar="I/N", type=part, default=(1, 1),
        help="with --batch: this share of the submissions only, and no report")
    add("--handout", metavar="DIR", default=batch.Settings.handout,
        help="what is similar in C files of this folder does not count; kern/mm")
    add("--similar", metavar="N", type=int, default=batch.Settings.least,
        help="report pairs that are alike from so many percent on; %(default)s")
    add("--no-sandbox", action="store_true", help="with --hidden: also without bubblewrap")
    add("--self-test", action="store_true", help="grade the grader, by mutants and attacks; minutes")
    add("--gdb", metavar="TEST", help="stop in gdb where this test fails")
    add("--keep", action="store_true", help="leave the working folder behind, and say where")
    add("--color", choices=("auto", "always", "never"), default="auto")
    add("--json", metavar="FILE", help="everything, for programs")
    add("--junit", metavar="FILE", help="JUnit XML")
    add("--gradescope", metavar="FILE", help="Gradescope's results.json")
    add("--autolab", action="store_true", help="the last line is Autolab's")
    add("--classroom", action="store_true", help="the last line is GitHub Classroom's")
    options = parser.parse_args(argv)
    if options.jobs < 1 or not 0 <= options.seed < 1 << 63:
        parser.error("-j wants a number from 1 on, --seed one below 2^63")
    if (options.author is not None or options.variant is not None) and options.hidden is None:
        parser.error("--author and --variant want --hidden, the course's key")
    return options


def wanted(options):
    """[(task, its tests)] that are asked for."""
    every = tasks.load(options.hidden)
    names = options.task or [task.name for task in every if task.lab or options.gdb]
    if options.only != "*" and not options.task:
        names = [task.name for task in every]
    unknown = set(names) - {task.name for task in every} - {"all"}
    if unknown:
        raise Usage(f"there is no task '{unknown.pop()}'; there are "
                    f"{' '.join(task.name for task in every)}, or all")
    glob = options.gdb or options.only
    found = [(task, [test for test in task.tests
                     if fnmatch.fnmatchcase(f"{task.name}/{test.name}", glob)])
             for task in every if "all" in names or task.name in names]
    found = [(task, tests) for task, tests in found if tests]
    if not found:
        raise Usage(f"no test is called '{glob}'; see tools/grade --list")
    return found


def course(options):
    if options.hidden is None:
        return grading.Course(public_seed=options.seed)
    try:
        with open(os.path.join(options.hidden, "key"), "rb") as file:
            key = file.read().strip()
    except OSError as why:
        raise Usage(f"the course's key cannot be read: {why}") from why
    if len(key) < seeds.KEY_BYTES:
        raise Usage(f"the course's key has fewer than {seeds.KEY_BYTES} bytes")
    return grading.Course(os.path.abspath(options.hidden), key, options.seed)


def check_sandbox(options):
    why = sandbox.unusable()
    if why and options.hidden and not options.no_sandbox:
        raise OwnFault(f"{why}. Submissions could read the hidden tests while they are compiled; "
                       "--no-sandbox grades all the same")
    if why:
        print(f"grade: {why}. What is not protected: a file that is compiled can include other "
              "files of this machine.", file=sys.stderr)


def check_guest(options, chosen):
    why = build.no_guest() if any(task.kind == "policy" for task, _ in chosen) else None
    if why and options.hidden:
        raise OwnFault(f"{why}. Policies are to be judged in a kernel, too")
    if why:
        print(f"grade: {why}. Policies are judged on this machine only, not in the kernel.",
              file=sys.stderr)


def again(options):
    """The command, but for the choice of a test and for outputs."""
    words = ["tools/grade"]
    if options.submission != ROOT:
        words += ["--submission", options.submission]
    for choice in options.choose:
        words += ["--choose", choice]
    return words + (["--seed", str(options.seed)] if options.seed != 1 else [])


def print_list(chosen):
    for task, tests in chosen:
        for test in tests:
            hidden = " (hidden)" if test.hidden else ""
            print(f"{test.points:3}  {task.name + '/' + test.name:28} {test.title}{hidden}")


def write_outputs(options, result):
    for path, text in ((options.json, outputs.as_json), (options.junit, outputs.as_junit),
                       (options.gradescope, outputs.as_gradescope)):
        if path:
            outputs.write(path, text(result))
    if options.autolab:
        print(outputs.as_autolab(result))
    if options.classroom:
        print(outputs.as_classroom(result))


def grade(options):
    if options.self_test:
        return grade_grader(options)
    chosen = variants.chosen_by_hand(options.choose, wanted(options))
    if options.list:
        print_list(chosen)
        return 0
    teacher = course(options)
    if options.variant is not None:
        chosen = variants.chosen_for(options.variant, chosen, teacher)
        print(plain.plain(variants.handout(options.variant, chosen)))
        return 0
    check_sandbox(options)
    check_guest(options, chosen)
    if options.batch:
        return grade_batch(options, chosen, teacher)
    color = options.color == "always" or (options.color == "auto" and sys.stdout.isatty())
    chosen = variants.chosen_for(options.author, chosen, teacher)
    report = Report(sys.stdout, color, again(options), teacher.key is None)
    with scratch.working_folder(options.keep) as work:
        run = grading.Grading(options.submission, chosen, teacher, work, options.jobs)
        if options.gdb:
            return debug.debug(run, options.gdb)
        result = run.run(report.mark)
        report.end(result)
        write_outputs(options, result)
        return result.status


def grade_batch(options, chosen, teacher):
    folder = os.path.normpath(options.batch)
    for each in (folder, options.handout):
        if not os.path.isdir(each):
            raise Usage(f"'{each}' is no folder")
    grading.check_programs()
    settings = batch.Settings(options.jobs, options.resume, options.part, options.sshlogin,
                              forwarded(options), options.handout, options.similar)
    with scratch.working_folder(options.keep):
        return batch.Batch(folder, chosen, teacher, settings).run()


def forwarded(options):
    """What a host has to be told, to give the same marks."""
    words = [word for task in options.task or () for word in ("--task", task)]
    words += ["--only", options.only, "--seed", str(options.seed)]
    if options.hidden:
        words += ["--hidden", os.path.abspath(options.hidden)]
    return (*words, *(["--no-sandbox"] if options.no_sandbox else []))


def grade_grader(options):
    """--only names cases here; --task, those of these tasks."""
    if STUDENTS_TREE:
        raise Usage("what the grader is graded by is in the course's tree, not in this one")
    from . import selftest  # a student's tree has none
    glob, options.only = options.only, "*"
    options.task = options.task or ["all"]
    chosen = wanted(options)
    check_sandbox(options)
    check_guest(options, chosen)
    run = selftest.SelfTest([task for task, _ in chosen], course(options))
    with scratch.working_folder():
        return run.run(glob, options.jobs)


def interrupted(number, frame):
    raise KeyboardInterrupt


def main(argv=None):
    options = arguments(sys.argv[1:] if argv is None else argv)
    signal.signal(signal.SIGTERM, interrupted)
    try:
        return grade(options)
    except KeyboardInterrupt:
        print("grade: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Fault as fault:
        own = "the grader's own fault: " if isinstance(fault, OwnFault) else ""
        print(f"grade: {own}{fault}", file=sys.stderr)
        return fault.status
    except OSError as why:
        print(f"grade: the grader's own fault: {why}", file=sys.stderr)
        return OwnFault.status
    except Exception:  # status 1 would say that points were lost
        traceback.print_exc()
        return OwnFault.status
