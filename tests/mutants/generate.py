"""The mutants of a C file, read off clang's syntax tree: each one small change that compiles.

    op     another operator                       a + b -> a - b, x |= y -> x &= y, i++ -> i--
    cond   another comparison, or half a condition  a < b -> a <= b, a && b -> a
    const  a number one more or one less; true for false
    test   what an if, a loop or ?: asks is turned round; an if is always or never taken
    del    a statement left out
    args   two arguments of one type swapped
    var    another variable, field, enumerator or function of the same type
    call   the neighbour in a pair such as list_next, list_prev

What a macro's body spells is left alone; its arguments are the file's own text.
"""
import collections
import ctypes
import hashlib
import os
import re

from clang import cindex
from clang.cindex import CursorKind as K

OPERATORS = {
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"], "&": ["|"], "|": ["&"],
    "^": ["|"], "<<": [">>"], ">>": ["<<"], "+=": ["-="], "-=": ["+="], "*=": ["/="],
    "/=": ["*="], "|=": ["&="], "&=": ["|="], "^=": ["|="], "<<=": [">>="], ">>=": ["<<="],
}
COMPARISONS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
               "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"]}
STEPS = {"++": "--", "--": "++"}
PAIRS = [("list_next", "list_prev"), ("list_add_before", "list_add_after"),
         ("SetPageProperty", "ClearPageProperty"), ("SetPageReserved", "ClearPageReserved"),
         ("PageReserved", "PageProperty"), ("spin_lock", "spin_unlock"),
         ("intr_save", "intr_restore")]
NEIGHBOUR = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])}
NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlL]*)")
LOOPS = (K.WHILE_STMT, K.FOR_STMT, K.DO_STMT)
OTHERS = 2  # variables of the same type that stand in for one

Mutant = collections.namedtuple("Mutant", "id file function kind start end new")


def file_offset(location):
    """Where the text stands: of a macro's argument, where it is written."""
    file, line, column, offset = (ctypes.c_void_p(), ctypes.c_uint(), ctypes.c_uint(),
                                  ctypes.c_uint())
    cindex.conf.lib.clang_getFileLocation(location, ctypes.byref(file), ctypes.byref(line),
                                          ctypes.byref(column), ctypes.byref(offset))
    return offset.value


def span(cursor):
    return file_offset(cursor.extent.start), file_offset(cursor.extent.end)


class File:
    """One source file below `root`, parsed by itself or as a header behind `host`."""

    def __init__(self, root, name, includes, host=None):
        self.name = name
        with open(os.path.join(root, name), encoding="ascii") as file:
            self.text = file.read()
        args = ["-std=c11", "-ffreestanding"] + ["-iquote" + os.path.join(root, d)
                                                 for d in includes]
        index = cindex.Index.create()
        unit = index.parse(os.path.join(root, host or name), args,
                           options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        worst = [d for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
        if worst:
            raise ValueError(f"{name}: {worst[0]}")
        self.path = os.path.join(root, name)
        self.found = {}  # (start, end, new) -> (kind, function)
        self.function = "-"
        self.scope = []
        here = [c for c in unit.cursor.get_children() if self.is_here(c)]
        self.tokens = self.read_tokens(unit)
        self.macros = self.macro_calls(here)
        self.functions = [c for c in here if c.kind == K.FUNCTION_DECL and c.is_definition()
                          and file_offset(c.extent.start) not in self.macros]
        self.globals = [c for c in here if c.kind == K.VAR_DECL]
        for cursor in here:
            if cursor.kind == K.MACRO_DEFINITION:
                self.macro(cursor)
            elif cursor.kind == K.VAR_DECL or cursor in self.functions:
                self.function = cursor.spelling
                self.scope = []
                self.visit(cursor)

    def is_here(self, cursor):
        return cursor.location.file is not None and cursor.location.file.name == self.path

    def read_tokens(self, unit):
        file = cindex.File.from_name(unit, self.path)
        whole = cindex.SourceRange.from_locations(
            cindex.SourceLocation.from_offset(unit, file, 0),
            cindex.SourceLocation.from_offset(unit, file, len(self.text)))
        return [(t.extent.start.offset, t.spelling) for t in unit.get_tokens(extent=whole)
                if t.kind != cindex.TokenKind.COMMENT]

    def macro_calls(self, here):
        """Start -> end of each use of a macro with arguments."""
        found = {}
        for cursor in here:
            if cursor.kind == K.MACRO_INSTANTIATION:
                start, end = cursor.extent.start.offset, cursor.extent.end.offset
                if self.text[start:end].endswith(")"):
                    found[start] = end
        return found

    # ---- what may be changed --------------------------------------------------------------

    def written_here(self, start, end):
        """Is [start, end) the file's own text, and not what a macro made?"""
        return start < end and not any(s <= start and end <= e and (s == start or e == end)
                                       for s, e in self.macros.items())

    def add(self, kind, start, end, new):
        if new != self.text[start:end]:
            self.found.setdefault((start, end, new), (kind, self.function))

    def operator_between(self, left, right):
        """(start, text) of the first operator from `left` on, behind closing brackets."""
        for start, text in self.tokens:
            if left <= start < right and text not in "()":
                return start, text
        return None, None

    def visit(self, cursor):
        depth = len(self.scope)
        handler = HANDLERS.get(cursor.kind)
        if handler is not None:
            handler(self, cursor, *span(cursor))
        for child in cursor.get_children():
            if cursor.kind == K.COMPOUND_STMT:
                self.statement(child)
            self.visit(child)
            if child.kind in (K.VAR_DECL, K.PARM_DECL):
                self.scope.append(child)
            elif child.kind == K.DECL_STMT:
                self.scope += [c for c in child.get_children() if c.kind == K.VAR_DECL]
        if cursor.kind in (K.COMPOUND_STMT, K.FOR_STMT):
            del self.scope[depth:]

    def binary(self, cursor, start, end):
        sides = list(cursor.get_children())
        if len(sides) != 2 or not self.written_here(start, end):
            return
        (_, left), (right, _) = span(sides[0]), span(sides[1])
        at, text = self.operator_between(left, right)
        for kind, table in (("op", OPERATORS), ("cond", COMPARISONS)):
            for new in table.get(text, []):
                self.add(kind, at, at + len(text), new)
        if text in ("&&", "||"):
            self.add("cond", start, end, self.text[slice(*span(sides[0]))])
            self.add("cond", start, end, self.text[slice(*span(sides[1]))])

    def unary(self, cursor, start, end):
        if not self.written_here(start, end):
            return
        text = self.text[start:end]
        for old, new in STEPS.items():
            if text.startswith(old):
                self.add("op", start, start + 2, new)
            elif text.endswith(old):
                self.add("op", end - 2, end, new)
        if text[0] in "!~":
            self.add("cond" if text[0] == "!" else "op", start, start + 1, "")

    def literal(self, _, start, end):
        match = NUMBER.fullmatch(self.text[start:end])
        if match:
            self.number(start, end, match)

    def number(self, start, end, match):
        value = int(match[1], 0)
        for near in (value + 1, value - 1):
            if near >= 0:
                text = f"{near:#x}" if match[1][:2] in ("0x", "0X") else str(near)
                self.add("const", start, end, text + match[2])

    def macro(self, cursor):
        """A number that a macro without parameters stands for, and true for false anywhere."""
        self.function = cursor.spelling
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        inner = [t for t in self.tokens if start <= t[0] < end][1:]
        for at, text in inner:
            match = NUMBER.fullmatch(text)
            if match and not (self.text[start + len(self.function)] == "("):
                self.number(at, at + len(text), match)

    def condition(self, cursor, *_):
        parts = list(cursor.get_children())
        if cursor.kind == K.FOR_STMT:
            parts = [c for c in parts if c.kind == K.BINARY_OPERATOR and
                     c.type.get_canonical().spelling in ("int", "_Bool") and
                     self.is_between_semicolons(c)]
        elif cursor.kind == K.DO_STMT:
            parts = parts[1:]
        for part in parts[:1]:
            start, end = span(part)
            if not self.written_here(start, end):
                continue
            self.add("test", start, end, f"!({self.text[start:end]})")
            if cursor.kind not in LOOPS:
                self.add("test", start, end, "1")
            self.add("test", start, end, "0")

    def is_between_semicolons(self, cursor):
        start, end = span(cursor)
        before = [t for t in self.tokens if t[0] < start]
        after = [t for t in self.tokens if t[0] >= end]
        return bool(before and after) and before[-1][1] == ";" == after[0][1]

    def statement(self, cursor):
        """A statement of a block: left out."""
        if cursor.kind in (K.DECL_STMT, K.COMPOUND_STMT, K.NULL_STMT, K.CASE_STMT):
            return
        start, end = span(cursor)
        if cursor.kind == K.RETURN_STMT and list(cursor.get_children()):
            return  # what would be returned is undefined
        if cursor.kind in (K.IF_STMT, *LOOPS) and self.text[end - 1:end] == "}":
            self.add("del", start, end, ";")
            return
        depth = 0
        for at, text in self.tokens:
            if at >= start:
                depth += (text in "([{") - (text in ")]}")
                if text == ";" and depth == 0:
                    self.add("del", start, at + 1, ";")
                    return

    def call(self, cursor, start, end):
        arguments = list(cursor.get_arguments())
        if not self.written_here(start, end):
            return
        name = cursor.spelling
        if name in NEIGHBOUR and self.text.startswith(name, start):
            self.add("call", start, start + len(name), NEIGHBOUR[name])
        for a, b in zip(arguments, arguments[1:]):
            if a.type.get_canonical().spelling == b.type.get_canonical().spelling:
                (a0, a1), (b0, b1) = span(a), span(b)
                if a0 < a1 <= b0 < b1:
                    text = self.text
                    self.add("args", a0, b1, text[b0:b1] + text[a1:b0] + text[a0:a1])

    def same_type(self, cursor):
        """Names that could stand here instead: of variables, enumerators, functions."""
        target = cursor.referenced
        kind = target.type.get_canonical().spelling
        if target.kind == K.ENUM_CONSTANT_DECL:
            pool = list(target.semantic_parent.get_children())
            return neighbours_in(pool, target)
        if target.kind == K.FUNCTION_DECL:
            return neighbours_in([f for f in self.functions
                                  if f.type.get_canonical().spelling == kind], target)
        pool = [c for c in self.scope[::-1] + self.globals[::-1]
                if c.type.get_canonical().spelling == kind and c != target]
        return [c.spelling for c in pool[:OTHERS]]

    def reference(self, cursor, start, end):
        if self.text[start:end] == cursor.spelling and cursor.referenced is not None:
            for other in self.same_type(cursor):
                self.add("var", start, end, other)

    def member(self, cursor, _, end):
        name, target = cursor.spelling, cursor.referenced
        start = end - len(name)
        if self.text[start:end] != name or target is None:
            return
        kind = target.type.get_canonical().spelling
        pool = [f for f in target.semantic_parent.get_children()
                if f.kind == K.FIELD_DECL and f.type.get_canonical().spelling == kind]
        for other in neighbours_in(pool, target):
            self.add("var", start, end, other)

    # ---- the result ---------------------------------------------------------------------

    def booleans(self):
        """true for false, wherever a function or a table says so."""
        other = {"true": "false", "false": "true"}
        for start, text in self.tokens:
            if text in other:
                self.function = self.function_at(start)
                self.add("const", start, start + len(text), other[text])

    def function_at(self, offset):
        for cursor in self.functions + self.globals:
            start, end = span(cursor)
            if start <= offset < end:
                return cursor.spelling
        return "-"

    def mutants(self):
        """In the order of the text. An id is made of the line and the change alone."""
        self.booleans()
        result, seen = [], collections.Counter()
        for (start, end, new), (kind, function) in sorted(self.found.items()):
            line_start = self.text.rfind("\n", 0, start) + 1
            line_end = self.text.find("\n", end)
            what = [self.name, function, kind, self.text[start:end], new,
                    " ".join(self.text[line_start:start].split()),
                    " ".join(self.text[end:line_end].split())]
            seen["\0".join(what)] += 1
            what.append(str(seen["\0".join(what)]))
            digest = hashlib.sha256("\0".join(what).encode()).hexdigest()[:6]
            name = f"{os.path.basename(self.name)}:{function}:{kind}:{digest}"
            result.append(Mutant(name, self.name, function, kind, start, end, new))
        return result


def neighbours_in(pool, target):
    """The next one, and round again: enough to be wrong."""
    names = [c.spelling for c in pool]
    if target.spelling not in names or len(names) < 2:
        return []
    return [names[(names.index(target.spelling) + 1) % len(names)]]


HANDLERS = {
    K.BINARY_OPERATOR: File.binary, K.COMPOUND_ASSIGNMENT_OPERATOR: File.binary,
    K.UNARY_OPERATOR: File.unary, K.INTEGER_LITERAL: File.literal, K.CALL_EXPR: File.call,
    K.DECL_REF_EXPR: File.reference, K.MEMBER_REF_EXPR: File.member,
    K.IF_STMT: File.condition, K.CONDITIONAL_OPERATOR: File.condition,
    K.WHILE_STMT: File.condition, K.FOR_STMT: File.condition, K.DO_STMT: File.condition,
}


def changed(text, mutant):
    """The file with the mutant in it, as many lines as before: asserts know their line."""
    new = mutant.new
    missing = text.count("\n", mutant.start, mutant.end) - new.count("\n")
    return text[:mutant.start] + new + "\n" * missing + text[mutant.end:]
