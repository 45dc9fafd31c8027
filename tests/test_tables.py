"""Spreadsheets in and out: nothing is lost, every faulty cell is named, and no data becomes a formula."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders import horizon, household, instance, need, volunteer
from typer.testing import CliRunner

from pairsolve.cli import app
from pairsolve.errors import InputError
from pairsolve.instance import Instance
from pairsolve.options import Options
from pairsolve.reading import read
from pairsolve.solve import solve
from pairsolve.tables import Imported, import_registers, register_tables, result_tables, template_tables
from pairsolve.tables.files import Table, write_tables
from pairsolve.writing import write

HERE = Path(__file__).parents[1]
POLICY = {"first_day": "2027-03-01", "last_day": "2027-03-28"}
GOOD: dict[str, dict[str, Any]] = {
    "volunteers": {"id": "V1", "name": "PLANTED", "area": "east", "lat": "30.3", "lon": "107.3"},
    "households": {"id": "H1", "name": "HIDDEN", "area": "east", "lat": "30.31", "lon": "107.31"},
    "needs": {"id": "N1", "household": "H1", "service": "help"},
    "services": {"id": "help", "name": "Help"},
    "areas": {"id": "east", "name": "East"},
}


def file(folder: Path, section: str, *rows: dict[str, Any], encoding: str = "utf-8") -> Path:
    """Write a register as csv."""
    path = folder / f"{section}.csv"
    heads = list(dict.fromkeys(key for row in rows for key in row))
    with open(path, "w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, heads)
        writer.writeheader()
        writer.writerows(rows)
    return path


def gathered(folder: Path, skip_faulty: bool = False, **changed: Any) -> Imported:
    """Import the good registers, some rows changed or added."""
    sources = []
    for section, row in GOOD.items():
        rows = changed.get(section, [row])
        sources.append((section, file(folder, section, *rows)))
    return import_registers(sources, policy={**POLICY, **changed.get("policy", {})}, skip_faulty=skip_faulty)


def faults(folder: Path, **changed: Any) -> str:
    """Return what import says of faulty registers."""
    with pytest.raises(InputError) as caught:
        gathered(folder, **changed)
    return str(caught.value)


@pytest.mark.parametrize("name", ["village", "guiyang"])
@pytest.mark.parametrize(("target", "language"), [("r.xlsx", "zh"), ("r", "en")])
def test_round_trip(name: str, target: str, language: str, tmp_path: Path) -> None:
    """Registers that are written and read back give the same instance."""
    given = read(HERE / "instances" / f"{name}.json")
    write_tables(register_tables(given, language), tmp_path / target)
    assert import_registers([(None, tmp_path / target)]).instance == given


def test_awkward_texts_survive(tmp_path: Path) -> None:
    """Leading zeros, long digits, blanks, quotes, separators and formula signs come back as they were."""
    names = ["=1+1", "+86", "-x", "@y", "'=z", ' "q" ', "\ttab", "[x]", "a\nb", "2027-03-01", "true", "#N/A x"]
    people = [volunteer(f"00{i:018d}", name=name, traits=["a;b", "c, d"]) for i, name in enumerate(names)]
    given = instance(people, [household(refused=[people[0].id])], [need()], horizon=horizon())
    for target in ("r.xlsx", "r"):
        write_tables(register_tables(given), tmp_path / target)
        assert import_registers([(None, tmp_path / target)]).instance == given


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_headings_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    """Chinese headings, days, times and words are understood in every common encoding."""
    row = {
        "编号": "0012", "姓名": "王", "社区": "东村", "纬度": "30.3", "经度": "107.3", "出行方式": "步行",
        "可服务时段": "周一至周五 9:00-12:00；周六、周日 8:30～10:00", "特长": "理发：2@2030年12月31日、护理",
    }  # fmt: skip
    path = file(tmp_path, "志愿者", row, encoding=encoding)
    (made,) = import_registers([("volunteers", path)], policy=POLICY).instance.volunteers
    assert (made.id, made.name, made.area, made.mode) == ("0012", "王", "东村", "walk")
    assert [window.days for window in made.windows] == [("mon", "tue", "wed", "thu", "fri"), ("sat", "sun")]
    assert made.skills[0].expires == date(2030, 12, 31)


def test_ods_is_read(tmp_path: Path) -> None:
    """A register saved by LibreOffice's format is a register like any other."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table as OdfTable
    from odf.table import TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    sheet = OdfTable(name="volunteers")
    for cells in (("id", "lat", "lon"), ("007", "30.3", "107.3")):
        row = TableRow()
        for text in cells:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            row.addElement(cell)
        sheet.addElement(row)
    book.spreadsheet.addElement(sheet)
    book.save(str(tmp_path / "v.ods"))
    assert import_registers([("volunteers", tmp_path / "v.ods")], policy=POLICY).instance.volunteers[0].id == "007"


CELLS = [
    ("volunteers", "id", "", "is missing"),
    ("volunteers", "lat", "north", "must be a number"),
    ("volunteers", "lat", "95", "outside -90 to 90"),
    ("volunteers", "lon", "190", "outside -180 to 180"),
    ("volunteers", "lat", "", "come together"),
    ("volunteers", "lat", "-91", "outside -90 to 90"),
    ("households", "preferred", "V9", "no volunteer is named"),
    ("volunteers", "area", "west", "no area is named"),
    ("volunteers", "mode", "rocket", "no travel mode is named"),
    ("volunteers", "reach_minutes", "far", "must be a number"),
    ("volunteers", "reach_minutes", "-1", "at least 0"),
    ("volunteers", "reach_minutes", "1.5", "whole number"),
    ("volunteers", "skills", "nursing:12", "at most 9"),
    ("volunteers", "skills", "nursing; nursing", "listed twice"),
    ("volunteers", "skills", "nursing@2027-02-30", "does not exist"),
    ("volunteers", "traits", "a; a", "listed twice"),
    ("volunteers", "traits", "[1", "begins like JSON"),
    ("volunteers", "windows", "morning", "must be windows"),
    ("volunteers", "windows", "10:00-09:00", "not after start"),
    ("volunteers", "windows", "foo 09:00-10:00", "weekday"),
    ("volunteers", "windows", "fri-mon 09:00-10:00", "backwards"),
    ("volunteers", "windows", "09:00-25:00", "time of day"),
    ("volunteers", "exceptions", "tomorrow", "must be a day"),
    ("volunteers", "exceptions", "2027-03-05..2027-03-01", "before first"),
    ("volunteers", "channels", "pigeon", "not known"),
    ("volunteers", "max_households", "none", "must be a number"),
    ("volunteers", "min_households", "5", "above max_households"),
    ("volunteers", "visits_per_day", "0", "at least 1"),
    ("volunteers", "head_count", "0", "at least 1"),
    ("volunteers", "household", "H9", "no household is named"),
    ("volunteers", "preferred_services", "dance", "no service is named"),
    ("volunteers", "name", "#REF!", "error of a formula"),
    ("households", "priority", "10", "at most 9"),
    ("households", "priority", "high", "must be a number"),
    ("households", "refused", "V9", "no volunteer is named"),
    ("households", "tags", "x; x", "listed twice"),
    ("households", "max_volunteers", "0", "at least 1"),
    ("needs", "household", "", "is missing"),
    ("needs", "household", "H9", "no household is named"),
    ("needs", "service", "dance", "no service is named"),
    ("needs", "minutes", "0", "at least 1"),
    ("needs", "minutes", "2000", "at most 1440"),
    ("needs", "crew_min", "0", "at least 1"),
    ("needs", "crew_max", "0", "at least 1"),
    ("needs", "crew_roles", "nurse", "begins like JSON"),
    ("needs", "visits_count", "0", "at least 1"),
    ("needs", "visits_per", "year", "not known"),
    ("needs", "visits_min_percent", "101", "at most 100"),
    ("needs", "channel", "site", "is missing, but its channel"),
    ("needs", "site", "S9", "no site is named"),
    ("areas", "rural", "perhaps", "yes or no"),
    ("areas", "parent", "east", "lies in itself"),
    ("areas", "travel_factor", "99", "at most 10"),
    ("services", "minutes", "1.5", "whole number"),
]


@pytest.mark.parametrize(("section", "column", "value", "words"), CELLS, ids=lambda value: str(value)[:20])
def test_faulty_cells(section: str, column: str, value: str, words: str, tmp_path: Path) -> None:
    """Each kind of fault is one line with sheet, row and the words that help, and repeats no name."""
    said = faults(tmp_path, **{section: [{**GOOD[section], column: value}]})
    assert words in said
    assert f"sheet {section}, row 2" in said
    assert "PLANTED" not in said
    assert "HIDDEN" not in said


def test_all_faults_at_once_or_left_out(tmp_path: Path) -> None:
    """All faulty cells are reported together; --skip-faulty keeps the good rows and lists the rest."""
    people = [GOOD["volunteers"], {**GOOD["volunteers"], "id": "V2", "lat": "x", "lon": "y"}]
    needs = [{**GOOD["needs"], "household": "PLANTED"}, {**GOOD["needs"], "id": "N2"}]
    said = faults(tmp_path, volunteers=people, needs=needs)
    assert "row 3, column D (lat)" in said
    assert "row 3, column E (lon)" in said
    made = gathered(tmp_path, skip_faulty=True, volunteers=people, needs=needs)
    assert [record.id for record in made.instance.volunteers] == ["V1"]
    assert [record.id for record in made.instance.needs] == ["N2"]
    assert len(made.left_out) == 3
    assert "PLANTED" not in "".join(map(str, made.left_out))


def test_duplicates_are_reported_and_never_merged(tmp_path: Path) -> None:
    """The same identifier is a fault; the same name and place is a warning, also between registers."""
    twice = [GOOD["volunteers"], GOOD["volunteers"]]
    assert "row 3, column A (id): is taken by row 2" in faults(tmp_path, volunteers=twice)
    same = [GOOD["volunteers"], {**GOOD["volunteers"], "id": "V2"}]
    made = gathered(tmp_path, volunteers=same, households=[{**GOOD["households"], "name": "PLANTED"}])
    said = "\n".join(map(str, made.warnings))
    assert len(made.instance.volunteers) == 2
    assert said.count("same name and place as volunteers row 2") == 2
    assert "PLANTED" not in said


def test_the_placeless_stand_in_their_area(tmp_path: Path) -> None:
    """Without coordinates a household is placed at its area, with a warning; without an area it is a fault."""
    homes = [GOOD["households"], {"id": "H2", "area": "east"}]
    made = gathered(tmp_path, households=homes)
    assert made.instance.households[1].location.lat == pytest.approx(30.305)
    assert "placed at the middle" in str(made.warnings[0])
    assert "is missing" in faults(tmp_path, households=[GOOD["households"], {"id": "H2"}])


def test_numbers_that_lost_digits(tmp_path: Path) -> None:
    """An 18-digit identifier stored as a number is a fault, a bare number is no date; dates stay dates."""
    import xlsxwriter

    path = tmp_path / "v.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("volunteers")
    for row, cells in enumerate((("id", "lat", "lon", "since"), (123456789012345678, 30, 107), (13900000000, 30, 107))):
        sheet.write_row(row, 0, cells)
    book.close()
    with pytest.raises(InputError, match=r"row 2, column A \(id\): is a number that has lost digits"):
        import_registers([("volunteers", path)], policy=POLICY)
    made = import_registers([("volunteers", path)], policy=POLICY, skip_faulty=True)
    assert [record.id for record in made.instance.volunteers] == ["13900000000"]


def test_policy_and_headings_faults(tmp_path: Path) -> None:
    """A horizon that is missing or upside down, unknown keys and unknown headings are named."""
    assert "before first_day" in faults(tmp_path, policy={"last_day": "2027-02-01"})
    assert "is not known" in faults(tmp_path, policy={"frist_day": "2027-02-01"})
    with pytest.raises(InputError, match="policy, horizon"):
        import_registers([("areas", file(tmp_path, "areas", GOOD["areas"]))])
    with pytest.raises(InputError, match="no heading of areas is known"):
        import_registers([("areas", file(tmp_path, "areas", {"foo": "1"}))], policy=POLICY)
    own = file(tmp_path, "areas", {"foo": "1"})
    assert import_registers([("areas", own)], mapping={"Foo": "id"}, policy=POLICY).instance.areas[0].id == "1"
    with pytest.raises(InputError, match="remove one of them"):
        import_registers([("areas", file(tmp_path, "areas", {"id": "1", "编号": "2"}))], policy=POLICY)
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    with pytest.raises(InputError, match="damaged or protected"):
        import_registers([("areas", tmp_path / "bad.xlsx")], policy=POLICY)
    (tmp_path / "bad.csv").write_bytes(b"id\n\xff\xff\xff")
    with pytest.raises(InputError, match="neither UTF-8"):
        import_registers([("areas", tmp_path / "bad.csv")], policy=POLICY)


def test_templates_import_as_they_are(tmp_path: Path) -> None:
    """A template with its example row is a sound instance, in both languages."""
    for language in ("en", "zh"):
        write_tables(template_tables(language), tmp_path / f"{language}.xlsx")
        assert len(import_registers([(None, tmp_path / f"{language}.xlsx")]).instance.needs) == 1


@pytest.mark.parametrize(("language", "sheet", "word"), [("en", "needs", "month"), ("zh", "服务需求", "每月")])
def test_templates_offer_what_a_cell_may_hold(language: str, sheet: str, word: str, tmp_path: Path) -> None:
    """Words and identifiers of other registers are drop-down lists, and identifiers stay text."""
    import openpyxl

    write_tables(template_tables(language), tmp_path / "t.xlsx")
    page = openpyxl.load_workbook(tmp_path / "t.xlsx")[sheet]
    offered = [rule.formula1 for rule in page.data_validations.dataValidation]
    assert any(word in offer for offer in offered)
    assert any("$A$2" in offer for offer in offered)
    assert page["A2"].number_format == "@"


@pytest.fixture(scope="module")
def solved() -> tuple[Instance, Any]:
    """Return a small instance with names like formulas, and its plan."""
    people = [volunteer(name='=HYPERLINK("http://x")'), volunteer("V2", 0.2, name="@SUM(1)")]
    homes = [household(name="+1+1"), household("H2", 0.3, name="-PLANTED")]
    given = instance(people, homes, [need(), need("N2", "H2")], horizon=horizon())
    return given, solve(given, Options(threads=1, clock=False))


def test_no_data_becomes_a_formula(solved: Any, tmp_path: Path) -> None:
    """A reader other than the writer's library finds text, and no formula; csv cells are guarded."""
    import openpyxl

    write_tables(result_tables(*solved, previous=solved[1]), tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(cell.value == '=HYPERLINK("http://x")' for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert {"pairs", "visits", "unmet", "weekly_report", "coverage", "changes"} <= set(book.sheetnames)
    write_tables(result_tables(*solved), tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.reader(stream):
                assert not [cell for cell in row if cell.startswith(tuple("=+@"))]


def test_results_in_chinese(solved: Any) -> None:
    """Every heading and table name has its Chinese word, and no table is lost."""
    english = list(result_tables(*solved, previous=solved[1]))
    chinese = list(result_tables(*solved, previous=solved[1], language="zh"))
    assert len({table.name for table in chinese}) == len(english)
    for one, other in zip(english, chinese, strict=True):
        assert len(set(other.headings)) == len(one.headings)
        assert not [heading for heading in other.headings if heading.isascii()]


def test_parquet(solved: Any, tmp_path: Path) -> None:
    """Analysts get Parquet with one row a seat."""
    import pyarrow.parquet

    write_tables(result_tables(*solved), tmp_path / "out", "parquet")
    assert pyarrow.parquet.read_table(tmp_path / "out" / "pairs.parquet").num_rows == len(solved[1].pairs)


def test_commands(solved: Any, tmp_path: Path) -> None:
    """Export, pseudonymised export, template and import work from the command line, and nothing planted leaks."""
    write(solved[0], tmp_path / "i.json")
    write(solved[1], tmp_path / "p.json")
    run = CliRunner().invoke
    export = ["export", "--instance", str(tmp_path / "i.json"), "--to"]
    assert run(app, [*export, str(tmp_path / "r.xlsx")]).exit_code == 0
    result = run(app, ["import", str(tmp_path / "r.xlsx"), "-o", str(tmp_path / "again.json")])
    assert result.exit_code == 0, result.output
    assert read(tmp_path / "again.json") == solved[0]
    plan, key = str(tmp_path / "p.json"), str(tmp_path / "key")
    assert run(app, [*export, str(tmp_path / "out"), plan, "--pseudonymise", key]).exit_code == 0
    text = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert not [word for word in ("PLANTED", "HYPERLINK", "V2", "H2", "N2") if word in text]
    inside = run(app, [*export, str(tmp_path / "out"), plan, "--pseudonymise", str(tmp_path / "out" / "key")])
    assert inside.exit_code == 2
    assert run(app, ["template", str(tmp_path / "t.xlsx")]).exit_code == 0
    assert run(app, ["template", str(tmp_path / "t.xlsx")]).exit_code == 2
    bad = file(tmp_path, "volunteers", {"id": "1", "name": "PLANTED", "lat": "PLANTED", "lon": "1"})
    (tmp_path / "m.json").write_text(json.dumps({"x": "id"}))
    result = run(app, ["import", "--volunteers", str(bad), "--mapping", str(tmp_path / "m.json"), "-o", "-"])
    assert result.exit_code == 2
    assert "PLANTED" not in result.output


def test_a_table_that_is_no_table(tmp_path: Path) -> None:
    """A target with another ending is refused in one line."""
    with pytest.raises(InputError, match=r"must end in \.xlsx"):
        write_tables([Table("x", ("a",), [])], tmp_path / "x.doc")
