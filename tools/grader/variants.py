"""Variants of a task, a student's own: what a rule leaves open is chosen by the course's key.

Which choices there are is the rubric's `variants`; which of them a course makes is `per_student`
in its TASK.toml. Everything else is as in the standard variant, where each choice is the first.
"""
import dataclasses

from . import seeds
from .faults import Usage

# What the judge is told, and what the student.
WORDS = {
    "ties": "of free blocks that would do equally well, the one at the {}est address is taken",
    "end": "pages come from the {} end of a free block",
    "top": "the largest block has {} pages: larger requests get NULL, and blocks are joined no further",
    "memory": "your memory is {}: index of the first frame, and pages",
}
OPTIONS = {"ties": "--ties", "end": "--end", "top": "--top", "memory": "--pool"}
OF_PLACEMENT = {"memory": "placement"}  # a choice that is tried in one property only


def chosen_for(author, wanted, course):
    """[(task, tests)] as this author has them; `author` None: the standard variant."""
    if author is None or course.key is None:
        return wanted
    return [(dataclasses.replace(task, variant=variant_of(task, course.key, author)), tests)
            for task, tests in wanted]


def variant_of(task, key, author):
    return tuple((name, seeds.choice(key, f"{author}/{task.name}/{name}", values))
                 for name, values in task.variants if name in task.per_student)


def chosen_by_hand(words, wanted):
    """[(task, tests)] with the choices of those tasks that leave them open; words: NAME=VALUE."""
    made = dict(word.partition("=")[::2] for word in words)
    known = {(name, value) for task, _ in wanted for name, values in task.variants
             for value in values}
    wrong = [f"{name}={value}" for name, value in made.items() if (name, value) not in known]
    if wrong:
        raise Usage(f"no task here leaves {wrong[0]} open; there are "
                    f"{' '.join(sorted(f'{name}={value}' for name, value in known)) or 'none'}")
    return [(dataclasses.replace(task, variant=tuple(
        (name, made[name]) for name, values in task.variants if made.get(name) in values)), tests)
        for task, tests in wanted]


def options(variant, part):
    """Of the judge, for that property."""
    words = []
    for name, value in variant:
        if OF_PLACEMENT.get(name, part) == part:
            words += [OPTIONS[name], value]
    return words


def mistake(task):
    """What is wrong with the variants in a rubric, or None."""
    names = dict(task.variants)
    unknown = (set(names) - set(WORDS)) | (set(task.per_student) - set(names))
    empty = [name for name, values in task.variants if not values]
    return f"no such choice, or none to be made: {', '.join(sorted(unknown) + empty)}" \
        if unknown or empty else None


def handout(author, wanted):
    """What to hand to that student, a comment for the top of each file."""
    texts = []
    for task, _ in wanted:
        if task.variant:
            lines = [WORDS[name].format(value) for name, value in task.variant]
            body = "\n".join(f" *   {line};" for line in lines)
            again = " ".join(f"--choose {name}={value}" for name, value in task.variant)
            texts.append(f"/*\n * {task.file}, as it is for {author} alone:\n *\n{body[:-1]}.\n *\n"
                         f" * At home: tools/grade --task {task.name} {again}\n */")
    return "\n\n".join(texts) or f"nothing here is for {author} alone"
