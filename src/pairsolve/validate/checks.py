"""Does an instance hang together? One small function per question; the tuple at the end is the table of contents.

What can be said of one record alone is checked when the record is made (`rules`, `setting`, `instance`).
Here are the questions that need two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pairsolve.errors import InstanceError, Problem
from pairsolve.instance import Instance
from pairsolve.validate.draft import Draft, draft_of, problem_in, repeats
from pairsolve.validate.places import places_are_in_the_matrix, points_are_not_swapped, points_are_on_the_map
from pairsolve.validate.references import LINKS, Link, each_name
from pairsolve.wording import Names, Steps, json_path, quoted

Check = Callable[[Draft], Iterator[Problem]]

ONE_OF_A_KIND = ("areas", "teams", "services", "sites", "volunteers", "households", "needs", "events", "rules")
WITHOUT_REPEATS = (
    ("volunteers", "preferred_services"),
    ("volunteers", "traits"),
    ("volunteers", "channels"),
    ("households", "tags"),
    ("households", "required_traits"),
    ("households", "refused"),
    ("households", "preferred"),
    ("rules", "areas"),
    ("rules", "volunteers"),
    ("rules", "households"),
)
WITH_SKILLS = ("services", "volunteers", "needs", "events")


def problems(instance: Instance) -> tuple[Problem, ...]:
    """Return everything that does not hang together in an instance; nothing when all is well.

    Parameters
    ----------
    instance
        An instance built in code; those that `read` returns have been checked.
    """
    return tuple(draft_problems(draft_of(instance)))


def ensure_valid(instance: Instance, source: str = "instance") -> None:
    """Raise `InstanceError` when an instance does not hang together."""
    if found := problems(instance):
        raise InstanceError(source, found)


def draft_problems(draft: Draft) -> Iterator[Problem]:
    """Yield everything that does not hang together in what could be read of an instance."""
    for check in CHECKS:
        yield from check(draft)


def ids_are_unique(draft: Draft) -> Iterator[Problem]:
    """Two records of one section never share an identifier."""
    for section in ONE_OF_A_KIND:
        first: dict[str, int] = {}
        for index, record in draft.of(section):
            id_ = getattr(record, "id", None)
            if id_ is not None and first.setdefault(id_, index) != index:
                yield problem_in(
                    section, index, ("id",), record, f"is taken by {json_path((section, first[id_]))}; choose another"
                )


def needs_and_events_differ(draft: Draft) -> Iterator[Problem]:
    """A need and an event never share an identifier, because plans name both as jobs."""
    needs = {getattr(need, "id", None): index for index, need in draft.of("needs")}
    for index, event in draft.of("events"):
        if (id_ := getattr(event, "id", None)) is not None and id_ in needs:
            yield problem_in(
                "events", index, ("id",), event, f"is taken by {json_path(('needs', needs[id_]))}; choose another"
            )


def pairs_are_unique(draft: Draft) -> Iterator[Problem]:
    """An existing pair is listed once."""
    first: dict[tuple[str, str], int] = {}
    for index, pair in draft.of("pairs"):
        both = (getattr(pair, "volunteer", ""), getattr(pair, "household", ""))
        if all(both) and first.setdefault(both, index) != index:
            yield problem_in("pairs", index, (), pair, f"repeats {json_path(('pairs', first[both]))}; keep one of them")


def lists_do_not_repeat(draft: Draft) -> Iterator[Problem]:
    """A list of names holds each name once."""
    for section, field in WITHOUT_REPEATS:
        for index, record in draft.of(section):
            names = getattr(record, field, None) or ()
            for position in repeats(names):
                what = f"{quoted(names[position])} is listed twice; keep one"
                yield problem_in(section, index, (field, position), record, what)


def skills_do_not_repeat(draft: Draft) -> Iterator[Problem]:
    """A list of skills holds each skill once, with its level."""
    for section in WITH_SKILLS:
        for index, record in draft.of(section):
            for steps, skills in _skill_lists(record):
                for position in repeats([held.skill for held in skills]):
                    what = f"the skill {quoted(skills[position].skill)} is listed twice; keep one, with its level"
                    yield problem_in(section, index, (*steps, position), record, what)


def wishes_do_not_clash(draft: Draft) -> Iterator[Problem]:
    """Nobody is both refused and preferred by a household."""
    for index, household in draft.of("households"):
        refused = set(getattr(household, "refused", None) or ())
        for position, volunteer in enumerate(getattr(household, "preferred", None) or () if refused else ()):
            if volunteer in refused:
                what = f"{quoted(volunteer)} is refused by the household as well; keep one of the two"
                yield problem_in("households", index, ("preferred", position), household, what)


def references_lead_somewhere(draft: Draft) -> Iterator[Problem]:
    """Every identifier that a record mentions exists."""
    for link in LINKS:
        known = draft.names(link.target)
        if known is not None:
            yield from _dangling(draft, link, known)


def trees_have_roots(draft: Draft) -> Iterator[Problem]:
    """No area or team lies in itself."""
    for section, word in (("areas", "area"), ("teams", "team")):
        parents = {getattr(r, "id", None): getattr(r, "parent", None) for _, r in draft.of(section)}
        where = {getattr(record, "id", None): (index, record) for index, record in draft.of(section)}
        for cycle in _cycles(parents):
            index, record = where[cycle[0]]
            way = " → ".join(quoted(name) for name in islice([*cycle, cycle[0]], 12)) + (
                " → …" if len(cycle) > 11 else ""
            )
            yield problem_in(
                section,
                index,
                ("parent",),
                record,
                f"the {word} lies in itself: {way}; give one of them another parent",
            )


def visits_at_sites_have_a_site(draft: Draft) -> Iterator[Problem]:
    """A need that is met at a site names the site."""
    channels = {getattr(s, "id", None): getattr(s, "channel", None) for _, s in draft.of("services")}
    for index, need in draft.of("needs"):
        own = getattr(need, "channel", None)
        channel = own or channels.get(getattr(need, "service", None))
        if channel == "site" and getattr(need, "site", "") is None:
            owner = "its" if own else "its service's"
            what = f'is missing, but {owner} channel is "site"; name the site or choose another channel'
            yield problem_in("needs", index, ("site",), need, what)


def time_zone_exists(draft: Draft) -> Iterator[Problem]:
    """The time zone is one of the IANA data base."""
    if draft.horizon is None:
        return
    name = draft.horizon.time_zone
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = Names(sorted(available_timezones())).hint(name, 'give an IANA name such as "Asia/Shanghai"')
        yield Problem("$.horizon.time_zone", f"no time zone is named {quoted(name)}; {hint}")


def events_are_in_the_horizon(draft: Draft) -> Iterator[Problem]:
    """An event takes place on a day of the horizon."""
    if draft.horizon is None:
        return
    first, last = draft.horizon.first_day, draft.horizon.last_day
    for index, event in draft.of("events"):
        day = getattr(event, "day", None)
        if day is not None and not first <= day <= last:
            what = f"{day} is outside the horizon, {first} to {last}; move the event or leave it out"
            yield problem_in("events", index, ("day",), event, what)


def terms_are_unique(draft: Draft) -> Iterator[Problem]:
    """A term of the objective stands in one tier only."""
    first: dict[str, int] = {}
    for index, tier in draft.of("objective"):
        for position, term in enumerate(getattr(tier, "terms", None) or ()):
            if first.setdefault(term.kind, index) != index:
                path = json_path(("objective", index, "terms", position))
                yield Problem(
                    path,
                    f"{quoted(term.kind)} stands in {json_path(('objective', first[term.kind]))} already; keep one",
                )


def budgets_say_something(draft: Draft) -> Iterator[Problem]:
    """A change budget limits something."""
    for index, rule in draft.of("rules"):
        limits = {getattr(rule, field, "faulty") for field in ("max_ended", "max_new")}
        if getattr(rule, "kind", "") == "change_budget" and limits == {None}:
            yield problem_in(
                "rules", index, (), rule, "limits nothing; give `max_ended` or `max_new`, or remove the rule"
            )


def _dangling(draft: Draft, link: Link, known: Names) -> Iterator[Problem]:
    names = known.names
    for index, record in draft.of(link.section):
        value = getattr(record, link.field, None)
        if not value or (isinstance(value, str) and value in names):
            continue
        for steps, name in each_name(link.field, value):
            if name not in names:
                hint = known.hint(name, "add it or correct the name")
                yield problem_in(link.section, index, steps, record, f"no {link.word} is named {quoted(name)}; {hint}")


def _skill_lists(record: Any) -> Iterator[tuple[Steps, Sequence[Any]]]:
    own = getattr(record, "skills", None) or ()
    if len(own) > 1:
        yield ("skills",), own
    crew = getattr(record, "crew", None)
    for number, role in enumerate(crew.roles if crew else ()):
        yield ("crew", "roles", number, "skills"), role.skills


def _cycles(parents: dict[Any, Any]) -> Iterator[list[str]]:
    """Yield each cycle of a forest that may have some, once."""
    settled: set[Any] = {None}
    for start in parents:
        trail: dict[Any, None] = {}
        here = start
        while here not in settled and here not in trail:
            trail[here] = None
            here = parents.get(here)
        if here not in settled:
            names = list(trail)
            yield names[names.index(here) :]
        settled.update(trail)


CHECKS: tuple[Check, ...] = (
    ids_are_unique,
    needs_and_events_differ,
    pairs_are_unique,
    lists_do_not_repeat,
    skills_do_not_repeat,
    wishes_do_not_clash,
    references_lead_somewhere,
    trees_have_roots,
    visits_at_sites_have_a_site,
    time_zone_exists,
    events_are_in_the_horizon,
    terms_are_unique,
    budgets_say_something,
    places_are_in_the_matrix,
    points_are_on_the_map,
    points_are_not_swapped,
)
