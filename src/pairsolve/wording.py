"""Words for people: values quoted on one line, lists of choices, and the name that was probably meant."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

Steps = tuple[str | int, ...]

LONGEST_QUOTE = 60
MOST_TO_COMPARE = 1000  # difflib looks at every name, so larger registers are only compared by spelling variants
MOST_COMPARISONS = 300  # and a file with thousands of faults gets hints for the first ones

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def quoted(value: Any) -> str:
    r"""Return a value as it would stand in JSON, shortened, on one line and harmless to a terminal.

    Examples
    --------
    >>> print(quoted("A\n'B'"), quoted(None), quoted([1, 2]))
    "A\n'B'" null a list
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return f'"{visible(value if len(value) <= LONGEST_QUOTE else value[:LONGEST_QUOTE] + "…")}"'
    return _number(value) if isinstance(value, int | float) else visible(str(value))[:LONGEST_QUOTE]


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 200 else "a number of far too many digits"
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else ("infinity" if value > 0 else "-infinity")


def visible(text: str) -> str:
    r"""Return text with everything that is not a printable character written as an escape.

    Examples
    --------
    >>> print(visible("王\x1b[31m"))
    王\x1b[31m
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def json_path(steps: Steps) -> str:
    """Return a JSON path.

    Examples
    --------
    >>> json_path(("households", 3, "location", "lat")), json_path(("travel", "modes", "my bus"))
    ('$.households[3].location.lat', '$.travel.modes["my bus"]')
    """
    path = "$"
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _PLAIN_KEY.match(step):
            path += f".{step}"
        else:
            path += f"[{quoted(step)}]"
    return path


def choices(words: Sequence[str], joint: str = "or") -> str:
    """Return words as an enumeration.

    Examples
    --------
    >>> choices(["home", "phone", "site"])
    '"home", "phone" or "site"'
    """
    shown = [quoted(word) for word in words]
    return f" {joint} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


class Names:
    """A register of names that can say which of them was probably meant.

    Examples
    --------
    >>> Names(["walk", "bike"]).nearest("wlak"), Names(["H001"]).nearest("h001"), Names(["walk"]).nearest("plane")
    ('walk', 'H001', None)
    """

    def __init__(self, names: Collection[str]) -> None:
        self.names = names
        self._folded: dict[str, str] | None = None
        self._compared = 0

    def nearest(self, word: str) -> str | None:
        """Return the name most like the word, or None."""
        if self._folded is None:
            self._folded = {_folded(name): name for name in self.names}
        same = self._folded.get(_folded(word))
        self._compared += 1
        small = len(self.names) <= MOST_TO_COMPARE and len(word) <= LONGEST_QUOTE
        if same is None and small and self._compared <= MOST_COMPARISONS:
            same = _alike(_folded(word), self._folded)
        return same

    def hint(self, word: str, otherwise: str) -> str:
        """Return ``did you mean "x"?``, or the other way out."""
        near = self.nearest(word)
        return f"did you mean {quoted(near)}?" if near is not None and near != word else otherwise


def _alike(word: str, folded: dict[str, str]) -> str | None:
    found = difflib.get_close_matches(word, folded, n=1, cutoff=0.65)
    found += [name for name in folded if len(name) >= 3 and word.startswith(name)]
    return folded[found[0]] if found else None


def _folded(name: str) -> str:
    """Return a name without the differences people overlook: case, width, blanks and leading zeros of numbers."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(plain.split()).replace("-", "_")
    return re.sub(r"(?<!\d)0+(?=\d)", "", plain)
