"""What ``pairsolve rota`` does: read, plan, judge, write, and draw the table of who meets whom in which round."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pairsolve.cli.display import display_for
from pairsolve.cli.manners import Ending, say
from pairsolve.meetings import Rota, RotaPlan
from pairsolve.options import Progress, Watch
from pairsolve.reading import read_rota
from pairsolve.wording import visible
from pairsolve.writing import STDOUT, ensure_writable, write

_PROOFS = {
    "tables": "every table is taken in every round",
    "people": "{busy} people meet somebody in every round, and all other compatible pairs meet",
    "search": "by search",
}


def rota_file(source: str, target: str | None, *, quiet: bool) -> Ending:
    """Make the rota of a file, write it if there is a target, and show it; return how it ended."""
    from pairsolve.check.rota import check_rota  # noqa: PLC0415  # the smaller commands do without it
    from pairsolve.rota import plan_rota  # noqa: PLC0415  # the solver is loaded after the arguments are looked at

    if target is not None:
        ensure_writable(target)
    with display_for(Console(stderr=True), quiet=quiet) as show:
        show(Progress("reading"))
        rota = read_rota(source, callback=show)
        plan = plan_rota(rota, Watch(callback=show))
        show(Progress("check"))
        findings = check_rota(rota, plan)
    if target is not None:
        write(plan, target)
    for finding in findings:
        say(f"pairsolve: referee: {visible(str(finding))}")
    if not quiet:
        console = Console(stderr=target == STDOUT)
        console.print(rota_table(rota, plan))
        for line in rota_lines(rota, plan):
            console.print(Text(line))
    return Ending.REFEREE_DISAGREES if findings else Ending.DONE


def rota_table(rota: Rota, plan: RotaPlan) -> Table:
    """Return whom everybody of the first group meets, round by round, with the table in brackets."""
    met = {
        (person, meeting.round): f"{meeting.people[1 - seat]} [{meeting.table}]"
        for meeting in plan.meetings
        for seat, person in enumerate(meeting.people)
    }
    table = Table(title=Text(visible(rota.name)) if rota.name else None)
    table.add_column("")
    for number in range(1, rota.rounds + 1):
        table.add_column(str(number), no_wrap=True)
    for person in rota.people:
        if person.group == rota.groups[0]:
            cells = [met.get((person.id, number), "–") for number in range(1, rota.rounds + 1)]
            table.add_row(*(Text(visible(cell)) for cell in (person.name or person.id, *cells)))
    return table


def rota_lines(rota: Rota, plan: RotaPlan) -> Iterator[str]:
    """Yield what is to be said of a rota: meetings, bound, and who waits how often."""
    proof = _PROOFS[plan.proof].format(busy=len(plan.busy))
    yield f"{plan.num_meetings:,} meetings in {rota.rounds} rounds; no rota has more than {plan.bound:,} ({proof})"
    waits = {waiting.person: len(waiting.rounds) for waiting in plan.waiting}
    for group in rota.groups:
        times = [waits.get(person.id, 0) for person in rota.people if person.group == group]
        label = f"{visible(group)}: " if group else ""
        mean = sum(times) / len(times)
        yield f"{label}{len(times)} people wait {min(times)} to {max(times)} rounds, {mean:.1f} on average"
