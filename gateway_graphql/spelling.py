"""The name that was meant by one that does not exist."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_Called = TypeVar("_Called", bound=Callable[..., Any])

_MAX_LENGTH = 100
"""Longer names are nobody's slip of the pen, and comparing them takes long."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that is most like one; `None` where none is like it."""
    spelled = {_plain(one): one for one in names}
    found = get_close_matches(_plain(name[:_MAX_LENGTH]), spelled, n=1)
    return spelled[found[0]] if found else None


def meant(name: str, names: Iterable[str]) -> str:
    """What to add to a complaint about a name: `; did you mean 'guards'?`, or nothing."""
    found = nearest(name, names)
    return "" if found is None else f"; did you mean '{found}'?"


def refuse_unknown(callee: str, given: Iterable[str], known: Collection[str]) -> None:
    """Refuse the first option that does not exist, as Python does.

    Raises:
        TypeError: It names the option that may be meant.
    """
    for name in given:
        if name not in known:
            raise TypeError(f"{callee}() has no option '{name}'{meant(name, known)}")


def tells_options(called: _Called) -> _Called:
    """Let a function or class say which option is meant by one that it does not have.

    Not for records that are made in every request: it costs each call a fraction of a
    microsecond.
    """
    return _taught(called, ())


def tells_options_and(more: Collection[str]) -> Callable[[_Called], _Called]:
    """The same where more options come as `**keywords`.

    Args:
        more: Their names.
    """
    return lambda called: _taught(called, more)


def _taught(called: _Called, more: Collection[str]) -> _Called:
    if isinstance(called, type):
        made = called.__init__  # type: ignore[misc] # the class's own, never called here
        called.__init__ = _telling(made, called.__name__, more)  # type: ignore[misc]
        return called
    return cast("_Called", _telling(called, called.__qualname__, more))


def _telling(
    function: Callable[_Parameters, _Result], callee: str, more: Collection[str]
) -> Callable[_Parameters, _Result]:
    known = (*inspect.signature(function).parameters, *more)

    @wraps(function)
    def checked(*arguments: _Parameters.args, **options: _Parameters.kwargs) -> _Result:
        refuse_unknown(callee, options, known)
        return function(*arguments, **options)

    return checked


def _plain(name: str) -> str:
    """A name as people confuse it with others: `forwardHeaders`, `forward-headers`."""
    return name.lower().replace("-", "").replace("_", "")
