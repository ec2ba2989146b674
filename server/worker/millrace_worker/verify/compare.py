"""Whether two compiled texts are the same, and the one thing that may differ: what is new at each run of dbt itself."""

from __future__ import annotations

import difflib
import re

_TOKEN = re.compile(r"[0-9A-Za-z]+")
_LINES = 30


def same_but_for_the_run(first: str, ours: str, second: str) -> bool:
    """Whether ours, made between two runs of dbt, differs only where those two do (the time, the run's id)."""
    texts = [(_TOKEN.split(text), _TOKEN.findall(text)) for text in (first, ours, second)]
    if not texts[0][0] == texts[1][0] == texts[2][0]:
        return False
    return all(a == b or a != c for a, b, c in zip(*(tokens for _, tokens in texts), strict=True))


def same_but_for_an_order(first: str, ours: str, second: str) -> bool:
    """Whether ours has the lines of both runs of dbt, which themselves order them differently (a loop over a set)."""
    return first != second and sorted(first.splitlines()) == sorted(ours.splitlines()) == sorted(second.splitlines())


def difference(theirs: str, ours: str) -> str:
    """A short diff for a person."""
    lines = difflib.unified_diff(
        theirs.splitlines(keepends=True), ours.splitlines(keepends=True), "dbt compile", "session", n=1
    )
    return "\n".join(repr(line)[1:-1] for line in list(lines)[:_LINES])
