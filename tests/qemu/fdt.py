"""Flattened device trees, right ones and wrong ones.

Source: Devicetree Specification 0.4, chapter 5.
"""

import struct

BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
HEADER = ("magic", "totalsize", "off_dt_struct", "off_dt_strings", "off_mem_rsvmap", "version",
          "last_comp_version", "boot_cpuid_phys", "size_dt_strings", "size_dt_struct")


def cells(*numbers):
    """32 bits each."""
    return struct.pack(f">{len(numbers)}I", *numbers)


def ranges(*pairs):
    """(address, size) pairs, 64 bits each."""
    return b"".join(struct.pack(">QQ", *pair) for pair in pairs)


def text(*words):
    return b"".join(word.encode() + b"\0" for word in words)


def padded(data):
    return data + bytes(-len(data) % 4)


class Tree:
    """Named nodes with properties, to be changed before flat() is asked for.

    `nodes` maps a path to {property: bytes}; a parent stands before its children. `rest` is
    appended to the root's children as it is; `header` replaces words of the header.
    """

    def __init__(self, nodes):
        self.nodes = nodes
        self.reservations = []
        self.rest = b""
        self.header = {}
        self.strings = bytearray()

    def name_offset(self, name):
        entry = text(name)
        at = (b"\0" + self.strings).find(b"\0" + entry)
        if at < 0:
            at = len(self.strings)
            self.strings += entry
        return at

    def property(self, name, value):
        return cells(PROP, len(value), self.name_offset(name)) + padded(value)

    def begin(self, name):
        return cells(BEGIN_NODE) + padded(text(name))

    def structure(self):
        data, depth = b"", 0
        for path, properties in self.nodes.items():
            level = 0 if path == "/" else path.count("/")
            data += cells(*[END_NODE] * (depth - level)) + self.begin(path.rpartition("/")[2])
            data += b"".join(self.property(*each) for each in properties.items())
            depth = level + 1
        return data + cells(*[END_NODE] * (depth - 1)) + self.rest + cells(END_NODE, END)

    def flat(self):
        """Header, reservations, strings, structure."""
        structure = self.structure()
        reservations = ranges(*self.reservations, (0, 0))
        strings = padded(bytes(self.strings))
        at = {"off_mem_rsvmap": 40, "off_dt_strings": 40 + len(reservations),
              "off_dt_struct": 40 + len(reservations) + len(strings)}
        words = {"magic": 0xd00dfeed, "version": 17, "last_comp_version": 16,
                 "boot_cpuid_phys": 0, "size_dt_strings": len(self.strings),
                 "size_dt_struct": len(structure), **at,
                 "totalsize": at["off_dt_struct"] + len(structure), **self.header}
        return cells(*(words[name] for name in HEADER)) + reservations + strings + structure
