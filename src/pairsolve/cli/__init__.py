"""The command line: a thin skin over the Python API, and the only place that prints, reads argv or exits."""

# ruff: noqa: PLC0415  # commands import what they need, so that --version and --help stay quick
from __future__ import annotations

from typing import Annotated, Literal

import typer

from pairsolve._version import __version__
from pairsolve.cli.manners import ENDINGS, polite

app = typer.Typer(
    name="pairsolve",
    help="Decide who helps whom, and when: pairs of volunteers and households, dated visits, and a proof.",
    epilog=ENDINGS,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

InstanceFile = Annotated[
    str, typer.Argument(metavar="INSTANCE", help="Instance file (.json, .json.gz); - is standard input.")
]
PlanFile = Annotated[str, typer.Argument(metavar="PLAN", help="Plan file (.json, .json.gz); - is standard input.")]
JsonSummary = Annotated[bool, typer.Option("--json-summary", help="Print the summary as one JSON object.")]
Pseudonyms = Annotated[
    str | None, typer.Option(metavar="KEYFILE", help="Replace people by pseudonyms; a missing key is made.")
]
Blur = Annotated[int | None, typer.Option(min=0, metavar="METRES", help="Move points to a grid; 500 with pseudonyms.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]


def main() -> None:
    """Run the command line."""
    app(prog_name="pairsolve")  # the same words for ``python -m pairsolve``, also in completion scripts


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pairsolve {__version__}")
        raise typer.Exit


def _places_like(beginning: str) -> list[str]:
    from pairsolve.generate import PLACES

    return [place for place in PLACES if place.startswith(beginning)]


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Hold the options that belong to no command."""


@app.command(epilog=ENDINGS)
def solve(
    instance: InstanceFile,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PLAN", help="Where the plan goes; - is standard output.")
    ],
    seed: Annotated[int, typer.Option(help="Start of every random choice.")] = 0,
    threads: Annotated[int, typer.Option(help="Processes side by side; the plan does not depend on it.")] = 2,
    work_limit: Annotated[
        int | None, typer.Option(help="Most improvement steps in pairing, and most hard components in scheduling.")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds after which the best plan so far is written.")
    ] = None,
    stage: Annotated[Literal["pair", "all"], typer.Option(help="pair: pairs only; all: dated visits as well.")] = "all",
    no_clock: Annotated[bool, typer.Option("--no-clock", help="Leave clock values out of the plan.")] = False,
    quiet: Quiet = False,
    json_summary: JsonSummary = False,
) -> None:
    """Find the best pairs and dated visits, prove them, let the referee check them, and write the plan."""
    from pairsolve.cli.run import Run, run
    from pairsolve.options import Options

    with polite():
        options = Options(
            seed=seed, threads=threads, work_limit=work_limit, time_limit=time_limit, stage=stage, clock=not no_clock
        )
        ending = run(Run(instance, output, options, quiet=quiet, json_summary=json_summary))
    raise typer.Exit(ending)


@app.command(epilog=ENDINGS)
def validate(instance: InstanceFile, quiet: Quiet = False) -> None:
    """Look for everything that is wrong with an instance, and name it."""
    from pairsolve.cli.tasks import validate_file

    with polite():
        validate_file(instance, quiet=quiet)


@app.command(epilog=ENDINGS)
def check(
    instance: InstanceFile,
    plan: PlanFile,
    proof: Annotated[bool, typer.Option(help="Verify the certificate as well, over all admissible pairs.")] = True,
    quiet: Quiet = False,
    json_summary: JsonSummary = False,
) -> None:
    """Let the referee recount a plan: every rule, every tier, and the bound against the certificate."""
    from pairsolve.cli.tasks import check_files

    with polite():
        ending = check_files(instance, plan, proof=proof, quiet=quiet, json_summary=json_summary)
    raise typer.Exit(ending)


@app.command(epilog=ENDINGS)
def show(
    plan: PlanFile,
    instance: Annotated[str | None, typer.Option(metavar="INSTANCE", help="For names and reasons.")] = None,
    household: Annotated[str | None, typer.Option(metavar="ID", help="Who comes to this home, and when.")] = None,
    volunteer: Annotated[str | None, typer.Option(metavar="ID", help="Whom this volunteer helps, and when.")] = None,
    area: Annotated[str | None, typer.Option(metavar="ID", help="How well this area is covered.")] = None,
    week: Annotated[
        int | None, typer.Option(metavar="N", help="All visits of this week of the horizon, from 1.")
    ] = None,
) -> None:
    """Show a plan: its figures, or the card of one household, volunteer, area or week."""
    from pairsolve.cli.tasks import Card, show_plan

    with polite():
        show_plan(plan, instance, Card(household=household, volunteer=volunteer, area=area, week=week))


@app.command(epilog=ENDINGS)
def page(
    instance: InstanceFile,
    plan: PlanFile,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PAGE", help="Where the page goes (.html); - is standard output.")
    ],
    pseudonymise: Pseudonyms = None,
    blur: Blur = None,
    quiet: Quiet = False,
) -> None:
    """Make one self-contained web page of a plan, to be opened without a network."""
    from pairsolve.cli.tasks import page_file

    with polite():
        page_file(instance, plan, output, key=pseudonymise, blur=blur, quiet=quiet)


@app.command(epilog=ENDINGS)
def generate(
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE", help="A real place; a wrong name lists those at hand.", autocompletion=_places_like
        ),
    ],
    households: Annotated[int, typer.Option(help="How many households.")],
    volunteers: Annotated[int, typer.Option(help="How many volunteers.")],
    seed: Annotated[int, typer.Option(help="Start of every draw; the same figures give the same bytes.")] = 1,
    kind: Annotated[
        Literal["rich", "pure", "campaign", "assistance-day"],
        typer.Option(help="A running office, a plain assignment, two days of visits by teams, or a day of clinics."),
    ] = "rich",
    output: Annotated[str, typer.Option("--output", "-o", metavar="INSTANCE", help="- is standard output.")] = "-",
    quiet: Quiet = False,
) -> None:
    """Make a realistic instance: real places and communities, invented people."""
    from pairsolve.cli.tasks import generate_file

    with polite():
        generate_file(
            place, households=households, volunteers=volunteers, seed=seed, kind=kind, target=output, quiet=quiet
        )


@app.command(epilog=ENDINGS)
def schema(
    document: Annotated[Literal["instance", "plan"], typer.Argument(help="Which kind of file.")] = "instance",
    markdown: Annotated[bool, typer.Option("--markdown", help="Both kinds as a page: docs/format.md.")] = False,
) -> None:
    """Print the JSON Schema of instances or plans."""
    from pairsolve.schema import format_page, schema_text

    with polite():
        typer.echo(format_page() if markdown else schema_text(document), nl=False)


@app.command(epilog=ENDINGS)
def rota(
    meetings: Annotated[str, typer.Argument(metavar="ROTA", help="Who may meet whom (.json, .json.gz); - is stdin.")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="PLAN", help="Where the rota goes; - is standard output.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Make a meeting rota: as many compatible meetings as rounds and tables allow, and the bound that proves it."""
    from pairsolve.cli.rota import rota_file

    with polite():
        ending = rota_file(meetings, output, quiet=quiet)
    raise typer.Exit(ending)


@app.command(name="import", epilog=ENDINGS)
def import_(
    output: Annotated[str, typer.Option("--output", "-o", metavar="INSTANCE", help="- is standard output.")],
    workbook: Annotated[
        str | None, typer.Argument(metavar="WORKBOOK", help="A workbook or folder with all registers.")
    ] = None,
    volunteers: Annotated[str | None, typer.Option(metavar="FILE", help="Register of volunteers.")] = None,
    households: Annotated[str | None, typer.Option(metavar="FILE", help="Register of households.")] = None,
    needs: Annotated[str | None, typer.Option(metavar="FILE", help="Register of needs.")] = None,
    services: Annotated[str | None, typer.Option(metavar="FILE", help="Catalogue of services.")] = None,
    areas: Annotated[str | None, typer.Option(metavar="FILE", help="Areas.")] = None,
    teams: Annotated[str | None, typer.Option(metavar="FILE", help="Teams.")] = None,
    sites: Annotated[str | None, typer.Option(metavar="FILE", help="Centres and other sites.")] = None,
    events: Annotated[str | None, typer.Option(metavar="FILE", help="Activities at a fixed time.")] = None,
    pairs: Annotated[str | None, typer.Option(metavar="FILE", help="Pairs of the running plan.")] = None,
    history: Annotated[str | None, typer.Option(metavar="FILE", help="What was done in earlier periods.")] = None,
    mapping: Annotated[str | None, typer.Option(metavar="FILE", help="JSON: own headings to columns.")] = None,
    first_day: Annotated[str | None, typer.Option(metavar="DAY", help="First day of the plan.")] = None,
    last_day: Annotated[str | None, typer.Option(metavar="DAY", help="Last day of the plan.")] = None,
    time_zone: Annotated[str | None, typer.Option(metavar="NAME", help="IANA time zone.")] = None,
    skip_faulty: Annotated[bool, typer.Option("--skip-faulty", help="Leave faulty rows out and list them.")] = False,
    quiet: Quiet = False,
) -> None:
    """Make an instance of spreadsheets, and name every faulty cell."""
    from pairsolve.cli.spreadsheets import import_files

    registers: dict[str | None, str | None] = {"areas": areas, "teams": teams, "services": services}
    registers |= {"sites": sites, "volunteers": volunteers, "households": households, "needs": needs, "events": events}
    registers |= {"pairs": pairs, "history": history, None: workbook}
    policy = {"first_day": first_day, "last_day": last_day, "time_zone": time_zone}
    with polite():
        import_files(registers, output, mapping=mapping, policy=policy, skip_faulty=skip_faulty, quiet=quiet)


@app.command(epilog=ENDINGS)
def template(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="File .xlsx, or a folder for csv files.")],
    language: Annotated[Literal["en", "zh"], typer.Option(help="Of the headings.")] = "en",
) -> None:
    """Write empty registers with headings and one example row."""
    from pairsolve.cli.spreadsheets import write_template

    with polite():
        write_template(target, language)


@app.command(epilog=ENDINGS)
def export(
    to: Annotated[str, typer.Option("--to", metavar="TARGET", help="File .xlsx, or a folder for many files.")],
    instance: Annotated[str, typer.Option(metavar="INSTANCE", help="What the plan answers.")],
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAN", help="Plan file; left out, the registers are written.")
    ] = None,
    form: Annotated[Literal["csv", "parquet"], typer.Option("--format", help="Of files in a folder.")] = "csv",
    previous: Annotated[str | None, typer.Option(metavar="PLAN", help="The plan before; adds the changes.")] = None,
    week_begins: Annotated[
        Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], typer.Option(help="First day of a report's week.")
    ] = "mon",
    language: Annotated[Literal["en", "zh"], typer.Option(help="Of headings and reasons.")] = "en",
    pseudonymise: Pseudonyms = None,
) -> None:
    """Write rosters, pairs, visits, gaps, hours, coverage and the weekly report as tables."""
    from pairsolve.cli.spreadsheets import Export, export_files

    with polite():
        export_files(Export(plan, instance, to, form, previous, week_begins, language, pseudonymise))


@app.command(epilog=ENDINGS)
def feeds(
    plan: PlanFile,
    instance: Annotated[str, typer.Option(metavar="INSTANCE", help="What the plan answers.")],
    to: Annotated[str, typer.Option("--to", metavar="FOLDER", help="Where calendars and maps go.")],
    previous: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="What was handed out before; left out, what FOLDER holds.")
    ] = None,
    language: Annotated[Literal["en", "zh"], typer.Option(help="Of the words between names.")] = "en",
    pseudonymise: Pseudonyms = None,
    blur: Blur = None,
    quiet: Quiet = False,
) -> None:
    """Write calendars (iCalendar) of people, teams and households, and maps (GeoJSON)."""
    from pairsolve.cli.subscriptions import Feeds, write_folder

    with polite():
        write_folder(Feeds(plan, instance, to, previous, language, pseudonymise, blur), quiet=quiet)


@app.command(name="compile", epilog=ENDINGS)
def compile_loops(
    processes: Annotated[int, typer.Option(min=1, metavar="N", help="Compilations side by side.")] = 2,
    quiet: Quiet = False,
) -> None:
    """Compile all loops now, about half a minute, so that no later run waits for it; good for images of containers."""
    from pairsolve.cli.tasks import compile_everything

    with polite():
        compile_everything(processes, quiet=quiet)
