"""From sheets to an instance: every faulty cell at once, with file, sheet, row and column; never a name repeated."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from pairsolve.errors import InputError, Problem
from pairsolve.instance import Instance
from pairsolve.reading.phrases import phrase
from pairsolve.rules import Fault
from pairsolve.tables.cells import is_empty, parse
from pairsolve.tables.columns import MODELS, SHEETS, Column, folded, known_headings
from pairsolve.tables.files import Sheet, read_sheets
from pairsolve.tables.placing import place_the_placeless, same_people
from pairsolve.tables.registers import POLICY
from pairsolve.validate import problems

Source = str | os.PathLike[str]

_HEADER_ROWS = 10
_FOUND_BY_NAME = ("area", "team", "service", "parent")
_PATH = re.compile(r"\$\.(\w+)\[(\d+)\](?:\.(\w+))?(?:\.(\w+))?")
_HORIZON = ("first_day", "last_day", "time_zone", "closed_days", "day_start", "day_end", "slot_minutes")


@dataclass(frozen=True, slots=True)
class Imported:
    """An instance, what was left out of it, and what somebody should look at."""

    instance: Instance
    left_out: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


@dataclass(slots=True)
class Row:
    """A record on its way: what it says so far and where it stands."""

    section: str
    sheet: Sheet
    number: int
    columns: Mapping[str, int]
    headings: Mapping[str, str]
    raw: dict[str, Any] = field(default_factory=dict)
    faulty: bool = False

    def problem(self, key: str, what: str) -> Problem:
        """Return a problem of a cell, or of the row where no column is to blame."""
        where = f"{self.sheet.file}, sheet {self.sheet.name}, row {self.number}"
        if key in self.columns:
            where += f", column {_letters(self.columns[key])} ({self.headings[key]})"
        elif key:
            where += f", no column {key}"
        return Problem(where, what)


def import_registers(
    sources: Iterable[tuple[str | None, Source]],
    *,
    mapping: Mapping[str, str] | None = None,
    policy: Mapping[str, str] | None = None,
    skip_faulty: bool = False,
) -> Imported:
    """Return the instance that registers describe.

    Parameters
    ----------
    sources
        (register, file); the register is a section of the contract, or None for a workbook whose sheets name theirs.
    mapping
        Own headings to columns (`"Tel. contact": "id"`).
    policy
        Keys of the policy sheet that win over what the files say, such as `first_day`.
    skip_faulty
        Leave faulty rows out, with whatever depends on them, instead of refusing everything.

    Raises
    ------
    FileError
        When a file cannot be read.
    InputError
        With every faulty cell, when rows are faulty and are not skipped.
    """
    work = _Work({folded(heading): column for heading, column in (mapping or {}).items()})
    for section, source in sources:
        work.take(section, source)
    work.policy.update(policy or {})
    return work.finish(skip_faulty=skip_faulty)


class _Work:
    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.mapping = mapping
        self.rows: dict[str, list[Row]] = {section: [] for section in MODELS}
        self.policy: dict[str, str] = {}
        self.found: list[Problem] = []
        self.warnings: list[Problem] = []
        self.general: list[Problem] = []

    def take(self, section: str | None, source: Source) -> None:
        sheets = [sheet for sheet in read_sheets(source) if any(any(map(_filled, row)) for row in sheet.rows)]
        if not sheets:
            self.general.append(Problem(str(source), "has no filled sheet; is it the right file?"))
        for sheet in sheets if section is None else _chosen(section, sheets):
            if (name := section or _section_of(sheet.name)) is None:
                self.warnings.append(
                    Problem(f"{sheet.file}, sheet {sheet.name}", "names no register and is left out; rename the sheet")
                )
            elif name == "policy":
                for row in sheet.rows[1:]:
                    if len(row) > 1 and _filled(row[0]):
                        key = folded(row[0])
                        self.policy[key] = self.policy.get(key, "") + _policy_text(row[1])
            else:
                self._register(name, sheet)

    def _register(self, section: str, sheet: Sheet) -> None:
        start, found = self._header(section, sheet)
        if len(found) < 1:
            self.general.append(
                Problem(f"{sheet.file}, sheet {sheet.name}", f"no heading of {section} is known; use --mapping")
            )
            return
        header = sheet.rows[start]
        position: dict[str, int] = {}
        for index, column in found.items():
            if column.key in position:
                first = _letters(position[column.key])
                where = f"{sheet.file}, sheet {sheet.name}, row {start + 1}, column {_letters(index)}"
                self.general.append(Problem(where, f"means {column.key}, like column {first}; remove one of them"))
            position.setdefault(column.key, index)
        for index, heading in enumerate(header):
            if index not in found and _filled(heading):
                where = f"{sheet.file}, sheet {sheet.name}, row {start + 1}, column {_letters(index)}"
                self.warnings.append(Problem(where, "the heading is not known and the column is left out"))
        headings = {key: str(header[index]).strip() for key, index in position.items()}
        by_key = {column.key: column for column in found.values()}
        for number, cells in enumerate(sheet.rows[start + 1 :], start + 2):
            if any(map(_filled, cells)):
                row = Row(section, sheet, number, position, headings)
                self._read(row, cells, by_key)
                self.rows[section].append(row)

    def _header(self, section: str, sheet: Sheet) -> tuple[int, dict[int, Column]]:
        known = known_headings(section)
        best: tuple[int, dict[int, Column]] = (0, {})
        for number, row in enumerate(sheet.rows[:_HEADER_ROWS]):
            words = {index: folded(cell) for index, cell in enumerate(row) if _filled(cell)}
            found = {
                index: column
                for index, word in words.items()
                if (column := known.get(folded(self.mapping.get(word, word)))) is not None
            }
            if len(found) > len(best[1]):
                best = (number, found)
        return best

    def _read(self, row: Row, cells: Any, columns: Mapping[str, Column]) -> None:
        for key, index in row.columns.items():
            value = cells[index] if index < len(cells) else None
            if is_empty(value):
                continue
            column = columns[key]
            try:
                parsed = parse(column.kind, key, value)
            except ValueError as error:
                self._fault(row, key, str(error))
                parsed = None
            if parsed is not None:
                owner = row.raw
                for step in column.path[:-1]:
                    owner = owner.setdefault(step, {})
                owner[column.path[-1]] = parsed
        if len(cells) > len(row.columns) and any(map(_filled, cells[1 + max(row.columns.values()) :])):
            beyond = len(row.sheet.rows[row.number - 2]) if row.number > 2 else len(cells)
            if len(cells) > beyond and row.sheet.file.endswith(".csv"):
                self._fault(row, "", "has more cells than the row before; is a quotation mark missing?")

    def _fault(self, row: Row, key: str, what: str) -> None:
        row.faulty = True
        self.found.append(row.problem(key, what))

    def finish(self, *, skip_faulty: bool) -> Imported:
        self._found_by_name()
        self._own_registers()
        self.warnings += place_the_placeless(self.rows)
        records = {section: [self._record(row) for row in rows] for section, rows in self.rows.items()}
        head = self._head()
        if self.general or (self.found and not skip_faulty):
            extra = [] if self.general else self._together(head, records)
            raise InputError("import", [*self.general, *self.found, *extra])
        while True:
            extra = self._together(head, records)
            if not extra:
                break
            if not skip_faulty or self.general:
                raise InputError("import", [*self.general, *self.found, *extra])
            self.found += extra
            records = {section: [self._record(row) for row in rows] for section, rows in self.rows.items()}
        self.warnings += same_people(self.rows)
        instance = self._instance(head, records)
        return Imported(instance, tuple(self.found), tuple(self.warnings))

    def _record(self, row: Row) -> Any:
        if row.faulty:
            return None
        try:
            return MODELS[row.section].model_validate(row.raw)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                steps = [str(step) for step in detail["loc"] if isinstance(step, str)]
                cause = detail.get("ctx", {}).get("error")
                if isinstance(cause, Fault):
                    steps.append(cause.problem.path)
                what = phrase(detail["type"], detail.get("ctx", {}), detail["input"], steps[-1] if steps else "")
                self._fault(row, _key(steps), _discreet(what))
            return None

    def _head(self) -> dict[str, Any]:
        head: dict[str, Any] = {key: parse("text", key, self.policy[key]) for key in POLICY[:2] if self.policy.get(key)}
        horizon: dict[str, Any] = {}
        for key, text in self.policy.items():
            try:
                if key in _HORIZON and text:
                    kind = {"first_day": "day", "last_day": "day", "slot_minutes": "int"}.get(key, "text")
                    horizon[key] = json.loads(text) if text[:1] == "[" else parse(kind, key, text)
                elif key in POLICY[3:] and text:
                    head[key] = json.loads(text)
                elif key not in (*POLICY, *_HORIZON):
                    self.general.append(Problem(f"policy, {key}", "is not known; see docs/howto/registers.md"))
            except ValueError as error:
                self.general.append(Problem(f"policy, {key}", _discreet(str(error))))
        head["horizon"] = horizon
        try:
            Instance.model_validate(head)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = ".".join(map(str, detail["loc"]))
                what = phrase(detail["type"], detail.get("ctx", {}), detail["input"])
                self.general.append(Problem(f"policy, {where}", _discreet(what)))
        return head

    def _together(self, head: dict[str, Any], records: dict[str, list[Any]]) -> list[Problem]:
        if self.general:
            return []
        sound = {section: [row for row in self.rows[section] if not row.faulty] for section in records}
        found: list[Problem] = []
        for problem in problems(self._instance(head, records)):
            match = _PATH.match(problem.path)
            if match is None or match[1] not in sound:
                self.general.append(Problem("policy, " + problem.path, _discreet(problem.what)))
                continue
            row = sound[match[1]][int(match[2])]
            row.faulty = True
            what = re.sub(r"\$\.(\w+)\[(\d+)\]", lambda m: _place(sound, m), problem.what)
            found.append(row.problem(_key([step for step in (match[3], match[4]) if step]), _discreet(what)))
        return found

    def _instance(self, head: dict[str, Any], records: dict[str, list[Any]]) -> Instance:
        whole = Instance.model_validate(head)
        return whole.model_copy(
            update={section: tuple(record for record in found if record) for section, found in records.items()}
        )

    def _found_by_name(self) -> None:
        """Let areas, teams and services be named where an identifier is meant, if only one has that name."""
        for key in _FOUND_BY_NAME:
            for section, rows in self.rows.items():
                target = section if key == "parent" else f"{key}s"
                ids = self._ids_by_name(target)
                for row in rows:
                    value = row.raw.get(key)
                    if isinstance(value, str) and len(ids.get(value, ())) == 1 and value not in ids["\0"]:
                        row.raw[key] = ids[value][0]

    def _ids_by_name(self, section: str) -> dict[str, list[str]]:
        ids: dict[str, list[str]] = defaultdict(list)
        for row in self.rows[section]:
            ids[str(row.raw.get("name"))].append(str(row.raw.get("id")))
            ids["\0"].append(str(row.raw.get("id")))
        return ids

    def _own_registers(self) -> None:
        """Where nobody gave a register of areas, teams or services, make it of what the other registers name."""
        for section, key in (("areas", "area"), ("teams", "team"), ("services", "service")):
            if self.rows[section]:
                continue
            named: dict[str, Row] = {}
            for rows in list(self.rows.values()):
                for row in rows:
                    if isinstance(value := row.raw.get(key), str):
                        named.setdefault(value, row)
            for value, row in named.items():
                made = Row(section, row.sheet, row.number, row.columns, row.headings, {"id": value, "name": value})
                self.rows[section].append(made)
            if named:
                what = f"no register was given; {len(named)} made of the names in the other registers"
                self.warnings.append(Problem(section, what))


def _chosen(section: str, sheets: list[Sheet]) -> list[Sheet]:
    named = [sheet for sheet in sheets if _section_of(sheet.name) == section]
    return named[:1] or sheets[:1]


def _section_of(name: str) -> str | None:
    plain = folded(name)
    return next((section for section, chinese in SHEETS.items() if plain in (section, section[:-1], chinese)), None)


def _filled(value: Any) -> bool:
    return not is_empty(value)


def _policy_text(value: Any) -> str:
    return value.isoformat()[:10] if hasattr(value, "isoformat") else "" if value is None else parse_text(value)


def parse_text(value: Any) -> str:
    """Return a cell of the policy sheet as text, in pieces that can be joined."""
    return value if isinstance(value, str) else str(parse("text", "", value))


def _key(steps: list[str]) -> str:
    if not steps:
        return ""
    if steps[0] == "location":
        return steps[1] if len(steps) > 1 and steps[1] != "location" else "lat"
    return "_".join(steps[:2]) if steps[0] in ("crew", "visits") and len(steps) > 1 else steps[0]


def _place(sound: Mapping[str, list[Row]], match: re.Match[str]) -> str:
    rows = sound.get(match[1])
    return f"row {rows[int(match[2])].number}" if rows else match[1]


_VOCABULARY = frozenset(
    [
        "home",
        "phone",
        "site",
        "week",
        "month",
        "horizon",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "true",
        "false",
        "null",
    ]
)


def _discreet(what: str) -> str:
    """Return a message without quoted values, which may be about people; short figures and fixed words stay."""

    def keep(match: re.Match[str]) -> str:
        word = match[1]
        return match[0] if word in _VOCABULARY or re.fullmatch(r"[-\d.:YMDH]{1,10}", word) else "the value there"

    return re.sub(r'"((?:[^"\\]|\\.)*)"', keep, re.sub(r' did you mean "[^"]*"\?', " correct it", what))


def _letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def warnings_and_gaps(imported: Imported) -> Iterator[str]:
    """Yield what to tell: rows left out first, then warnings."""
    yield from (f"left out: {problem}" for problem in imported.left_out)
    yield from (f"warning: {problem}" for problem in imported.warnings)
