"""gdb.py - gdb's view of physical pages: ppage, plist, pfree. Loaded by `make gdb`.

The commands read memory only; they never call into the kernel, so they work wherever it stopped,
once pmm_init has been through.
"""
import struct

import gdb  # pylint: disable=import-error

PAGE_SHIFT = 12
RESERVED, PROPERTY = 0, 1  # bit numbers, as in kern/mm/memlayout.h
FIRST_OWNER_BIT = 16
PMM_LAZY = 2  # of kern/mm/pmm.h


def symbol(expression):
    """The value of an expression, read at once. Before paging is on there is nothing to read."""
    value = gdb.parse_and_eval(expression)
    try:
        value.fetch_lazy()
    except gdb.MemoryError as error:
        raise gdb.GdbError("%s cannot be read here: %s" % (expression, error)) from None
    return value


class Pages:
    """The array pages[]: page number first + i is described by entry i."""

    def __init__(self):
        self.first = int(symbol("nbase"))
        self.end = int(symbol("npage"))
        self.array = symbol("pages")
        self.base = int(self.array)
        self.size = self.array.type.target().sizeof
        if self.base == 0:
            raise gdb.GdbError("there are no pages yet: pmm_init has not run")

    def number_of(self, address):
        index, rest = divmod(address - self.base, self.size)
        if rest or not 0 <= index < self.end - self.first:
            raise gdb.GdbError("%#x is not an entry of pages[]" % address)
        return self.first + index

    def at(self, number):
        if not self.first <= number < self.end:
            raise gdb.GdbError("page numbers are %#x to %#x" % (self.first, self.end - 1))
        return (self.array + (number - self.first)).dereference()

    def describe(self, number):
        page = self.at(number)
        flags = int(page["flags"])
        names = [name for bit, name in ((RESERVED, "reserved"), (PROPERTY, "head of a free block"))
                 if flags >> bit & 1]
        if flags >> FIRST_OWNER_BIT:
            names.append("owner's bits %#x" % (flags >> FIRST_OWNER_BIT << FIRST_OWNER_BIT))
        policy = flags & (1 << FIRST_OWNER_BIT) - (1 << PROPERTY + 1)
        if policy:
            names.append("policy's bits %#x" % policy)
        return "page %#x  address %#x  ref %d  property %d  flags %#x%s" % (
            number, number << PAGE_SHIFT, int(page["ref"]), int(page["property"]), flags,
            " (%s)" % ", ".join(names) if names else "")

    def free_heads(self):
        """(number, length) of each frame with PG_property, read in one piece."""
        page = self.array.type.target()
        where = {field.name: field.bitpos // 8 for field in page.fields()}
        count = self.end - self.first
        memory = bytes(gdb.selected_inferior().read_memory(self.base, count * self.size))
        for i in range(count):
            flags, = struct.unpack_from("<Q", memory, i * self.size + where["flags"])
            if flags >> PROPERTY & 1:
                yield self.first + i, struct.unpack_from(
                    "<I", memory, i * self.size + where["property"])[0]


class PrintPage(gdb.Command):
    """ppage N|POINTER - one struct Page, by page number or by address, decoded."""

    def __init__(self):
        super().__init__("ppage", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError(self.__doc__)
        pages, value = Pages(), symbol(argument)
        is_pointer = value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR
        number = int(value) & (1 << 64) - 1
        if is_pointer or number >= pages.base:
            number = pages.number_of(number)
        print(pages.describe(number))


class PrintList(gdb.Command):
    """plist HEAD [MAX] - the pages on a list, from its head; at most MAX (100) of them.

    Two policies may use one name; then say whose: plist 'default_pmm.c'::area.free_list"""

    def __init__(self):
        super().__init__("plist", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = argument.split()
        if not 1 <= len(words) <= 2:
            raise gdb.GdbError(self.__doc__)
        head = symbol(words[0])
        if head.type.strip_typedefs().code != gdb.TYPE_CODE_PTR:
            head = head.address
        limit = int(words[1]) if len(words) == 2 else 100
        pages = Pages()
        link = gdb.lookup_type("struct Page")["page_link"].bitpos // 8
        entry, shown = head.dereference()["next"], 0
        if int(entry) == 0:
            raise gdb.GdbError("%s is not set up: does another file have a variable of this name? "
                               "See: help plist" % words[0])
        while int(entry) != int(head):
            if shown == limit:
                print("... and more: plist %s %d" % (words[0], 10 * limit))
                return
            print(pages.describe(pages.number_of(int(entry) - link)))
            after = entry.dereference()["next"]
            if int(after.dereference()["prev"]) != int(entry):
                raise gdb.GdbError("the list is broken here: next->prev is not this entry")
            entry, shown = after, shown + 1
        print("%d entries" % shown)


class PrintFree(gdb.Command):
    """pfree - the free blocks of the policy in use: the frames that carry PG_property."""

    def __init__(self):
        super().__init__("pfree", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        manager = symbol("pmm_manager")
        if int(manager) == 0:
            raise gdb.GdbError("there is no policy yet: pmm_init has not run")
        print("policy %s" % manager["name"].string())
        if int(manager["caps"]) & PMM_LAZY:
            raise gdb.GdbError("it keeps nothing in descriptors: see `dump` in the monitor")
        blocks = total = 0
        for number, length in Pages().free_heads():
            print("  %#x..%#x  %d pages" % (number, number + length, length))
            blocks, total = blocks + 1, total + length
        print("  %d pages free in %d blocks" % (total, blocks))


PrintPage()
PrintList()
PrintFree()
