"""What is wrong with a value, in the words of the people who keep the registers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pairsolve.rules import Fault
from pairsolve.wording import Names, choices, quoted

Context = dict[str, Any]
Phrase = Callable[[Context, str, Any], str]

PERSONAL_FIELDS = frozenset({"name", "description"})  # never repeated in a message


def phrase(kind: str, context: Context, value: Any, field: str = "") -> str:
    """Return what is wrong and the way out.

    Parameters
    ----------
    kind
        Type of the fault as the model reports it.
    context
        Its figures: limits, expected words.
    value
        What was found.
    field
        Name of the field; the values of names are not repeated.
    """
    shown = "what is there" if field in PERSONAL_FIELDS else quoted(value)
    if kind.startswith(("date_", "datetime_", "timezone_")):
        return _moment(kind, shown)
    return PHRASES.get(kind, _not_allowed)(context, shown, value)


def _missing(_context: Context, _shown: str, _value: Any) -> str:
    return "is missing; add it"


def _object(_context: Context, shown: str, _value: Any) -> str:
    return f"must be an object in braces, not {shown}"


def _list(_context: Context, shown: str, _value: Any) -> str:
    return f"must be a list in brackets, not {shown}"


def _text(_context: Context, shown: str, _value: Any) -> str:
    return f"must be text in quotation marks, not {shown}"


def _too_long_text(context: Context, _shown: str, value: Any) -> str:
    return f"has {len(str(value))} characters, more than {context['max_length']}; shorten it"


def _empty_text(_context: Context, _shown: str, _value: Any) -> str:
    return "must not be empty; give it a text or leave it out"


def _whole(_context: Context, shown: str, value: Any) -> str:
    quotes = " without quotation marks" if isinstance(value, str) else ""
    return f"must be a whole number{quotes}, not {shown}"


def _number(_context: Context, shown: str, value: Any) -> str:
    quotes = " without quotation marks" if isinstance(value, str) else ""
    return f"must be a number{quotes}, not {shown}"


def _finite(_context: Context, shown: str, _value: Any) -> str:
    return f"must be a finite number, not {shown}"


def _flag(_context: Context, shown: str, _value: Any) -> str:
    return f"must be true or false, not {shown}"


def _below(context: Context, shown: str, _value: Any) -> str:
    least = f"at least {context['ge']}" if "ge" in context else f"more than {context['gt']}"
    return f"is {shown}; it must be {least}"


def _above(context: Context, shown: str, _value: Any) -> str:
    most = f"at most {context['le']}" if "le" in context else f"less than {context['lt']}"
    return f"is {shown}; it must be {most}"


def _short_list(context: Context, _shown: str, _value: Any) -> str:
    return f"has too few entries; give at least {context['min_length']}"


def _long_list(context: Context, _shown: str, _value: Any) -> str:
    return f"has too many entries; give at most {context['max_length']}"


def _one_of(context: Context, shown: str, value: Any) -> str:
    words = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
    allowed = f"give {choices(words) if words else context.get('expected')}"
    near = Names(words).hint(value, "") if isinstance(value, str) else ""
    return f"is {shown}, which is not known; {near + ' ' if near else ''}{allowed}"


def _kind(context: Context, _shown: str, value: Any) -> str:
    found = value.get("kind") if isinstance(value, dict) else value
    return _one_of(context, quoted(found), found)


def _own_words(context: Context, shown: str, _value: Any) -> str:
    error = context.get("error")
    return f"{error}" if isinstance(error, Fault) else f"is {shown}; {error}"


def _not_allowed(_context: Context, shown: str, _value: Any) -> str:
    return f"is {shown}, which is not allowed here; see docs/format.md"


def _moment(kind: str, shown: str) -> str:
    if kind.startswith("date_"):
        return f'is {shown}; a day is written "YYYY-MM-DD" and must exist in the calendar'
    return f'is {shown}; a moment is written "YYYY-MM-DDTHH:MM:SS+08:00"'


PHRASES: dict[str, Phrase] = {
    "missing": _missing,
    "model_type": _object,
    "model_attributes_type": _object,
    "dict_type": _object,
    "tuple_type": _list,
    "list_type": _list,
    "string_type": _text,
    "string_too_short": _empty_text,
    "string_too_long": _too_long_text,
    "int_type": _whole,
    "int_parsing": _whole,
    "int_parsing_size": _whole,
    "int_from_float": _whole,
    "float_type": _number,
    "float_parsing": _number,
    "finite_number": _finite,
    "bool_type": _flag,
    "bool_parsing": _flag,
    "greater_than": _below,
    "greater_than_equal": _below,
    "less_than": _above,
    "less_than_equal": _above,
    "too_short": _short_list,
    "too_long": _long_list,
    "literal_error": _one_of,
    "union_tag_invalid": _kind,
    "union_tag_not_found": _missing,
    "value_error": _own_words,
}
