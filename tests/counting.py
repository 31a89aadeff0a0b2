"""How much is computed, counted in steps: the same on every machine, however busy."""

import gc
import re
import sys
from collections import Counter
from contextlib import contextmanager
from re import _constants as op
from re import _parser


def instructions(function):
    """How many instructions of the interpreter run in a function."""
    return instructions_by_file(function).total()


def instructions_by_file(function):
    """How many instructions run in a function, by the file that they are compiled of."""
    counts = Counter()

    def trace(frame, event, _arg):
        frame.f_trace_opcodes = True
        if event == "opcode":
            counts[frame.f_code.co_filename] += 1
        return trace

    before = sys.gettrace()
    with _nothing_collected():
        sys.settrace(trace)
        try:
            function()
        finally:
            sys.settrace(before)
    return counts


def calls_by_file(function):
    """How many Python functions are entered in a function, by their file.

    A coroutine is entered anew whenever it goes on.
    """
    counts = Counter()

    def profile(frame, event, _arg):
        if event == "call":
            counts[frame.f_code.co_filename] += 1

    with _nothing_collected(), _profiled(profile):
        function()
    return counts


@contextmanager
def _nothing_collected():
    """Leave garbage alone: what is called when it goes is not what is counted."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def most_blocks(function):
    """How many blocks of memory a function holds at once, at the most.

    Looked at whenever a function begins or ends, be it of Python or of C.
    """
    most = 0

    def profile(_frame, _event, _arg):
        nonlocal most
        most = max(most, sys.getallocatedblocks())

    gc.collect()
    with _nothing_collected(), _profiled(profile):
        before = sys.getallocatedblocks()
        function()
    return most - before


@contextmanager
def _profiled(profile):
    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)


def regex_steps(pattern, text):
    """How many characters a regular expression looks at to match all of a text.

    It is matched as the `re` module does: greedily, and going back where that fails.
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    source = pattern.pattern
    if isinstance(source, bytes):
        source = source.decode("latin-1")
    walk = _Walk(text)
    nodes = list(_parser.parse(source, pattern.flags & ~re.UNICODE))
    any(end == len(text) for end in walk.ends(nodes, 0))
    return walk.steps


class _Walk:
    def __init__(self, text):
        self._text = text
        self.steps = 0

    def ends(self, nodes, at):
        """Where a sequence of nodes may end, in the order in which it is tried."""
        if not nodes:
            yield at
            return
        for middle in self._after(nodes[0], at):
            yield from self.ends(nodes[1:], middle)

    def _after(self, node, at):
        kind, argument = node
        if kind is op.MAX_REPEAT:
            least, most, item = argument
            item = list(item)
            if len(item) == 1 and item[0][0] in (op.IN, op.LITERAL):
                yield from self._repeated(item[0], at, least, most)
            else:
                yield from self._again(item, at, least, most)
        elif kind is op.SUBPATTERN:
            yield from self.ends(list(argument[-1]), at)
        elif kind is op.BRANCH:
            for way in argument[1]:
                yield from self.ends(list(way), at)
        elif self._fits(node, at):
            yield at + 1

    def _repeated(self, node, at, least, most):
        end = at
        while end - at < most and self._fits(node, end):
            end += 1
        while end - at >= least:
            self.steps += 1
            yield end
            end -= 1

    def _again(self, item, at, least, most):
        if most:
            for middle in self.ends(item, at):
                yield from self._again(item, middle, max(0, least - 1), most - 1)
        if not least:
            yield at

    def _fits(self, node, at):
        self.steps += 1
        if at >= len(self._text):
            return False
        kind, argument = node
        code = ord(self._text[at])
        if kind is op.LITERAL:
            return code == argument
        assert kind is op.IN, kind
        ways = [way for way in argument if way[0] is not op.NEGATE]
        is_one = any(
            code == of if how is op.LITERAL else of[0] <= code <= of[1]
            for how, of in ways
        )
        return is_one is (len(ways) == len(argument))
