"""What stands between our own stdin and stdout and those of QEMU."""
import fcntl
import os
import select
import signal
import termios


class Terminal:
    """What QEMU changes of stdin, and leaves so when it is killed: modes, and O_NONBLOCK,
    which stdout and stderr often share."""

    def __init__(self):
        self.modes = termios.tcgetattr(0) if os.isatty(0) else None
        self.flags = {fd: fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (0, 1, 2)}

    def restore(self):
        for fd, flags in self.flags.items():
            fcntl.fcntl(fd, fcntl.F_SETFL, flags)
        if self.modes is not None:
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            try:
                termios.tcsetattr(0, termios.TCSANOW, self.modes)
            except termios.error:
                pass  # the terminal has gone away


def write_all(fd, data):
    """All of it, also when QEMU has made the terminal non-blocking."""
    while data:
        try:
            data = data[os.write(fd, data):]
        except BlockingIOError:
            select.select([], [fd], [])


class Feed:
    """Our stdin, handed on to the kernel. QEMU would wait for ever at its end: there the kernel
    gets an `off`. Nothing is sent before the first output, as the firmware empties the serial
    port's queue when it sets it up."""

    def __init__(self, fd):
        self.fd = fd             # QEMU's end
        self.pending = b""
        self.open = True         # there may be more
        self.line_ended = True
        os.set_blocking(fd, False)

    def read(self):
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        if data:
            self.line_ended = data.endswith((b"\n", b"\r"))
        else:
            self.open = False
            data = b"off\n" if self.line_ended else b"\noff\n"
        self.pending += data

    def write(self):
        try:
            self.pending = self.pending[os.write(self.fd, self.pending):]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.pending, self.open = b"", False
