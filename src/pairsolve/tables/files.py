"""Spreadsheet files in and out: xlsx, ods and csv as sheets of cells. Data never becomes a formula."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from pairsolve.errors import FileError
from pairsolve.reading.sources import why_unreadable
from pairsolve.wording import visible

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_576
EMPTY_ROWS = 100_000  # rows to fill in that have drop-down lists
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its file, its name and its rows; row 1 is `rows[0]`."""

    file: str
    name: str
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table to write; `lists` are what the cells of a column may hold, words or the first column of a sheet."""

    name: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    lists: Mapping[int, Choice] = field(default_factory=dict)
    texts: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down list; of a `sheet`, what its first column holds, and other entries only raise a question."""

    words: tuple[str, ...] = ()
    sheet: str = ""


def extra(module: str) -> Any:
    """Return a module of the extra `tables`, or say how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise FileError(module, "tables need this library: pip install 'pairsolve[tables]'") from error


def read_sheets(source: str | os.PathLike[str]) -> list[Sheet]:
    """Return the sheets of a file, or of all csv files of a folder."""
    path = Path(source)
    name = visible(str(source))
    if path.is_dir():
        return [sheet for file in sorted(path.glob("*.csv")) for sheet in read_sheets(file)]
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileError(name, why_unreadable(error)) from error
    if not data:
        raise FileError(name, "is empty")
    if path.suffix.casefold() in (".csv", ".tsv", ".txt"):
        return [Sheet(name, path.stem, _csv_rows(data, name))]
    if path.suffix.casefold() not in (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"):
        raise FileError(name, "is no table; give a file that ends in .xlsx, .ods or .csv")
    calamine = extra("python_calamine")
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            Sheet(name, sheet, book.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
            for sheet in book.sheet_names
        ]
    except Exception as error:  # the library's errors have no common root
        raise FileError(name, "is damaged or protected; open it, save it again without a password") from error


def _csv_rows(data: bytes, name: str) -> list[list[str]]:
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise FileError(name, "is neither UTF-8, UTF-16 nor GB18030 text; save it as UTF-8")
    head = text.split("\n", 1)[0]
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True))
    except csv.Error as error:
        raise FileError(name, "is no sound CSV: a quotation mark is missing or stands alone") from error


def write_tables(tables: Iterable[Table], target: str | os.PathLike[str], form: str = "csv") -> None:
    """Write tables into one xlsx file, or as csv or parquet files into a folder."""
    path = Path(target)
    name = visible(str(target))
    try:
        if path.suffix.casefold() == ".xlsx":
            beside = path.with_name(f".{path.name[:60]}.part")
            try:
                _write_xlsx(tables, beside)
                os.replace(beside, path)
            finally:
                beside.unlink(missing_ok=True)
            return
        if path.suffix:
            raise FileError(name, "must end in .xlsx, or be a folder (a name without an ending)")
        path.mkdir(parents=True, exist_ok=True)
        for table in tables:
            beside = path / f".{table.name}.part"
            _write_parquet(table, beside) if form == "parquet" else _write_csv(table, beside)
            os.replace(beside, path / f"{table.name}.{form}")
    except OSError as error:
        raise FileError(name, "cannot be written; check folder, permission and free space") from error


def _write_xlsx(tables: Iterable[Table], path: Path) -> None:
    writer = extra("xlsxwriter")
    book = writer.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    guarded = book.add_format({"num_format": "@", "quote_prefix": True})
    for table in tables:
        if len(table.rows) >= MOST_ROWS:
            raise FileError(table.name, "has more rows than a sheet holds; write to a folder instead")
        sheet = book.add_worksheet(table.name[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(table.headings) - 1), 16)
        _help_to_fill_in(sheet, table, text)
        for column, heading in enumerate(table.headings):
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(table.rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, bool):
                    sheet.write_string(number, column, "yes" if value else "no")
                elif isinstance(value, float) and float(f"{value:.16G}") != value:
                    sheet.write_string(number, column, repr(value), text)  # xlsx numbers have 16 digits here
                elif isinstance(value, int | float):
                    sheet.write_number(number, column, value)
                elif value not in (None, ""):
                    if len(str(value)) > LONGEST_CELL:
                        raise FileError(table.name, f"row {number + 1} has a cell too long for xlsx; write to a folder")
                    sheet.write_string(number, column, str(value), guarded if str(value)[0] in _DANGEROUS else text)
    book.close()


def _help_to_fill_in(sheet: Any, table: Table, text: Any) -> None:
    """Keep what looks like a number as text, and offer what a cell may hold."""
    for column in table.texts:
        sheet.set_column(column, column, 16, text)
    for column, choice in table.lists.items():
        source = list(choice.words) or f"='{choice.sheet}'!$A$2:$A${EMPTY_ROWS + 1}"
        rules = {"validate": "list", "source": source, "error_type": "stop" if choice.words else "warning"}
        sheet.data_validation(1, column, EMPTY_ROWS, column, rules)


def _write_csv(table: Table, path: Path) -> None:
    with open(path, "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([_guarded(heading) for heading in table.headings])
        writer.writerows([_guarded(value) for value in row] for row in table.rows)


def _guarded(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return f"'{value}"
    return value


def _write_parquet(table: Table, path: Path) -> None:
    arrow, parquet = extra("pyarrow"), extra("pyarrow.parquet")
    parts = [[row[column] for row in table.rows] for column in range(len(table.headings))]
    parquet.write_table(arrow.table(dict(zip(table.headings, parts, strict=True))), str(path))
