"""Room on the stack for deeply nested documents.

Every stage recurses with the document: parsing and validating in graphql-core, then
normalizing, searching, printing, compiling and projecting. graphql-core's parser and
its validation refuse documents nested deeper than 200 (fragments counted), and the
deepest stage takes some eight frames a level; with Python's own limit of 1 000 frames
a document nested half as deep would fail, all the earlier the deeper the server's own
stack is. So the limit is raised once, far enough for the deepest document that is
accepted in any stack that it may be prepared in.
"""

from __future__ import annotations

import sys

RECURSION_LIMIT = 4_000
"""Twice what the deepest document takes; about 2 MB of stack at worst."""


def make_room_for_nesting() -> None:
    """Raise the interpreter's recursion limit; it is never lowered."""
    if sys.getrecursionlimit() < RECURSION_LIMIT:
        sys.setrecursionlimit(RECURSION_LIMIT)
