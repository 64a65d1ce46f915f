"""What is needed of the GDB remote serial protocol, on QEMU's unix socket.

Source: Debugging with GDB, appendix E, "GDB Remote Serial Protocol".
"""

import re
import socket
import time


class Listener:
    """A socket in `folder` that QEMU, started with `options`, connects to before its first
    instruction: it is there first, so nobody has to wait for it."""

    def __init__(self, folder):
        path = f"{folder}/gdb"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(1)
        self.options = f"-S -gdb unix:{path},server=off"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self, seconds):
        """The Gdb of the machine that connects."""
        self.socket.settimeout(seconds)
        return Gdb(self.socket.accept()[0], seconds)


class Gdb:
    """A stopped machine. Every wait ends after `seconds`, with an OSError that says for what."""

    def __init__(self, connection, seconds):
        self.deadline = time.monotonic() + seconds
        self.socket = connection
        self.input = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))

    def receive(self):
        """The next packet. Acknowledgements are passed over: a unix socket loses nothing."""
        while not (packet := re.match(rb"[^$]*\$([^#]*)#([0-9a-f]{2})", self.input)):
            self.socket.settimeout(max(0.001, self.deadline - time.monotonic()))
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("QEMU closed the connection")
            self.input += data
        self.input = self.input[packet.end():]
        self.socket.sendall(b"+")
        assert sum(packet[1]) % 256 == int(packet[2], 16), packet[0]
        return packet[1].decode()

    def ask(self, text, expected="OK"):
        self.send(text)
        answer = self.receive()
        assert re.fullmatch(expected, answer), f"{text!r} is answered by {answer!r}"
        return answer

    def run_to(self, address):
        """Go on until the instruction at `address` is the next one."""
        breakpoint_here = f"1,{address:x},4"
        self.ask("Z" + breakpoint_here)
        self.ask("c", "T05.*")
        self.ask("z" + breakpoint_here)

    def set_register(self, number, value):
        """Integer register x0..x31. `g` and `G` carry all of them, 8 bytes each, lowest first."""
        at = 16 * number
        registers = self.ask("g", "[0-9a-f]{528,}")
        self.ask("G" + registers[:at] + value.to_bytes(8, "little").hex() + registers[at + 16:])

    def detach(self):
        """The machine runs on by itself."""
        self.ask("D")
