"""What can end a run or a task before there are marks, each with its exit status."""

FULL, LOST, USAGE, NOT_BUILT, REJECTED, OWN_FAULT, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

# Defences that a test has switched off, to show that an attack works without them. Only Python
# code can fill this set: there is no option and no variable for it.
switched_off = set()


class Fault(Exception):
    """The text is for whoever started the grader, or for the student."""

    status = None


class Usage(Fault):
    status = USAGE


class NotBuilt(Fault):
    """The student's file is missing, does not compile, or is no policy."""

    status = NOT_BUILT


class Rejected(Fault):
    """The student's files may not be used at all."""

    status = REJECTED


class OwnFault(Fault):
    """The grader could not do its work: never a zero for the student."""

    status = OWN_FAULT
