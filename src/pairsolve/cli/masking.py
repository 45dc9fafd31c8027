"""What is done with people before anything is handed out, and whether a plan belongs to an instance."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from pairsolve.cli.manners import say
from pairsolve.errors import FileError
from pairsolve.feeds.folder import PLAIN
from pairsolve.instance import Instance
from pairsolve.plan import Plan
from pairsolve.privacy import GRID_METRES, Mask, blurred, read_key
from pairsolve.reading.sources import shown
from pairsolve.solve import fingerprint


def ensure_same(instance: Instance, plan: Plan, source: str) -> None:
    """Refuse a plan of another instance; say when the instance has changed since."""
    _ensure_known(instance, plan, source)
    if plan.run.fingerprint and plan.run.fingerprint != fingerprint(instance):
        say(f"{shown(source)}: the instance has changed since this plan was made; solve it again to be sure")


def _ensure_known(instance: Instance, plan: Plan, source: str) -> None:
    """Refuse a plan that speaks of people whom the instance does not know."""
    people = {volunteer.id for volunteer in instance.volunteers}
    known = people | {household.id for household in instance.households} | {need.id for need in instance.needs}
    known |= {event.id for event in instance.events}
    named = {
        name for pair in plan.pairs for name in (pair.volunteer, pair.household, *(seat.need for seat in pair.seats))
    } | {name for visit in plan.visits for name in (visit.need, *visit.crew)}
    named |= {name for staffed in plan.events for name in (staffed.event, *(seat.volunteer for seat in staffed.crew))}
    named |= {name for seat in plan.unmet for name in (seat.need, seat.event) if name is not None}
    if strangers := len(named - known):
        raise FileError(
            shown(source), f"answers another instance: {strangers:,} of the identifiers it names are not in this one"
        )


def without_people(
    instance: Instance, plan: Plan | None, previous: Plan | None, *, key: str | None, blur: int | None, target: str
) -> tuple[Instance, Plan | None, Plan | None]:
    """Return everything with pseudonyms where there is a key, and with points on a grid.

    Parameters
    ----------
    instance, plan, previous
        What is handed out.
    key
        File of the key; it never lies in the folder that is handed out.
    blur
        Width of a grid cell in metres; left out, the usual one with pseudonyms, none without.
    target
        Where everything goes.
    """
    grid = _grid(key, blur)
    if key is None:
        return blurred(instance, grid), plan, previous
    if Path(target).resolve() in Path(key).resolve().parents:
        raise FileError(shown(key), "would lie in the folder that is handed out; keep the key elsewhere")
    if previous is not None:
        _ensure_known(instance, previous, "--previous")
    mask = Mask(instance, read_key(key), grid)
    return mask.instance(), plan and mask.plan(plan), previous and mask.plan(previous)


def mask_name(key: str | None, blur: int | None) -> str:
    """Return what tells one way of hiding people from another, and gives no key away."""
    grid = _grid(key, blur)
    parts = [] if key is None else [f"pseudonyms {sha256(b'mask' + read_key(key)).hexdigest()[:12]}"]
    return ", ".join([*parts, *([f"grid {grid} m"] if grid else [])]) or PLAIN


def _grid(key: str | None, blur: int | None) -> int:
    if blur is not None:
        return blur
    return 0 if key is None else GRID_METRES
