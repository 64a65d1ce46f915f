"""For gdb: run the judge until a child of it panics, crashes, or reaches a breakpoint.

The judge starts one child after the other, and ends each: those ends are passed over.
"""
import gdb  # only inside gdb

SETTINGS = ("pagination off", "confirm off", "breakpoint pending on", "follow-fork-mode child",
            "detach-on-fork off", "schedule-multiple on", "print thread-events off",
            "print inferior-events off")
stops = []


def alive():
    return [inferior for inferior in gdb.inferiors() if inferior.pid]


def run_on():
    while not stops and alive():
        if not gdb.selected_inferior().pid:
            gdb.execute(f"inferior {alive()[0].num}", to_string=True)
        gdb.execute("continue", to_string=True)


for setting in SETTINGS:
    gdb.execute("set " + setting)
gdb.execute("handle SIGUSR1 nostop noprint pass", to_string=True)
gdb.execute("break __panic", to_string=True)
gdb.events.stop.connect(stops.append)
gdb.execute("run", to_string=True)
try:
    run_on()
except gdb.error:  # the last of them has just ended
    stops.clear()
if stops:
    gdb.execute("backtrace 6")
else:
    print("it ended without a panic or a crash: set a breakpoint in the policy, and `run`")
