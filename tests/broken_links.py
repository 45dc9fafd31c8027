"""Faults that need two records to show."""

from __future__ import annotations

from dataclasses import replace

from broken import HOME, SOUND, Broken, Raw, add, without, wrong


def _twice(section: str) -> Broken:
    first = SOUND[section][0]
    path = f"$.{section}[{len(SOUND[section])}].id"
    return Broken(f"{section}: id twice", add(section, first), path, first["id"], f"is taken by $.{section}[0]")


def _matrix(raw: Raw) -> None:
    raw["travel"] = {"metric": {"kind": "matrix", "places": ["home", "hall"], "minutes": [[0, 9], [9, 0]]}}
    for record in (*raw["volunteers"], *raw["households"], *raw["sites"]):
        record["location"] = {"place": "home"}


def _off_the_matrix(name: str, path: str, value: object, words: str, at: str) -> Broken:
    fault = wrong(name, path, value, words, at=at)

    def change(raw: Raw) -> None:
        _matrix(raw)
        fault.change(raw)

    return replace(fault, change=change)


def _ring(raw: Raw) -> None:
    raw["areas"][0]["parent"] = "east"


def _many_points(raw: Raw) -> None:
    raw["households"] += [{"id": f"X{i}", "location": {"lat": 50.1 + i / 100, "lon": 30.2}} for i in range(30)]
    raw["households"].append({"id": "XX", "location": {"lat": 30.2, "lon": 50.1}})


LINKED = (
    *(_twice(section) for section, records in SOUND.items() if isinstance(records, list) and "id" in records[0]),
    wrong("need and event share an id", "$.events[0].id", "N1", "taken by $.needs[0]", id="N1"),
    Broken("pair twice", add("pairs", SOUND["pairs"][0]), "$.pairs[1]", "V1/H1", "repeats $.pairs[0]"),
    wrong("refused twice", "$.households[0].refused", ["V2", "V2"], "listed twice", at="$.households[0].refused[1]"),
    wrong("apart twice", "$.rules[6].households", ["H1", "H1"], "listed twice", at="$.rules[6].households[1]"),
    wrong("skill twice", "$.volunteers[0].skills[1]", {"skill": "scissors", "level": 3}, "listed twice"),
    wrong("refused and preferred", "$.households[0].preferred", ["V2"], "refused", at="$.households[0].preferred[0]"),
    wrong("area: parent", "$.areas[1].parent", "twon", 'did you mean "town"?'),
    wrong("area in itself", "$.areas[0].parent", "town", "lies in itself"),
    Broken("areas in a ring", _ring, "$.areas[0].parent", "town", '"town" → "east" → "town"'),
    wrong("team: parent", "$.teams[1].parent", "?", "no team is named"),
    wrong("teams in a ring", "$.teams[0].parent", "class", "lies in itself"),
    wrong("team: area", "$.teams[0].area", "?", "no area is named"),
    wrong("site: area", "$.sites[0].area", "East", 'did you mean "east"?'),
    wrong("volunteer: team", "$.volunteers[0].team", "klass", 'did you mean "class"?'),
    wrong("volunteer: area", "$.volunteers[0].area", "?", "no area is named"),
    wrong("volunteer: mode", "$.volunteers[0].mode", "biek", 'did you mean "bike"?'),
    wrong("volunteer: household", "$.volunteers[1].household", "H9", "no household"),
    wrong("volunteer: service", "$.volunteers[0].preferred_services[0]", "hair", "haircut"),
    wrong("household: area", "$.households[1].area", "wset", 'did you mean "west"?'),
    wrong("household: refused", "$.households[0].refused", ["V2", "nobody"], "nobody", at="$.households[0].refused[1]"),
    wrong("household: preferred", "$.households[0].preferred", ["nobody"], "nobody", at="$.households[0].preferred[0]"),
    wrong("need: household", "$.needs[0].household", "h01", 'did you mean "H1"?'),
    wrong("need: service", "$.needs[0].service", "haricut", 'did you mean "haircut"?'),
    wrong("need: site", "$.needs[1].site", "center", 'did you mean "centre"?'),
    without("site channel, no site", "$.needs[1].site", "its service's channel"),
    wrong("own site channel, no site", "$.needs[0].channel", "site", "its channel", at="$.needs[0].site"),
    wrong("event: service", "$.events[0].service", "?", "no service is named"),
    wrong("event: area", "$.events[0].area", "?", "no area is named"),
    wrong("event: site", "$.events[0].site", "?", "no site is named"),
    wrong("event after the end", "$.events[0].day", "2027-01-01", "outside the horizon"),
    wrong("pair: volunteer", "$.pairs[0].volunteer", "V7", "no volunteer", id="V7/H1"),
    wrong("pair: household", "$.pairs[0].household", "H7", "no household", id="V1/H7"),
    wrong("history: volunteer", "$.history[0].volunteer", "V7", "no volunteer", id="V7/H1"),
    wrong("history: need", "$.history[0].need", "N7", "no need"),
    wrong("neighbour: mode", "$.rules[0].mode", "wlak", 'did you mean "walk"?'),
    wrong("target: area", "$.rules[1].area", "?", "no area is named"),
    wrong("target: service", "$.rules[1].service", "rehabb", '"rehab"?'),
    wrong("quota: team", "$.rules[2].team", "shcool", 'did you mean "school"?'),
    wrong("scope: area", "$.rules[3].areas", ["east", "?"], "no area is named", at="$.rules[3].areas[1]"),
    without("budget of nothing", "$.rules[4].max_ended", "limits nothing", at="$.rules[4]"),
    wrong("two-person: service", "$.rules[5].service", "?", "no service is named"),
    wrong("apart: volunteer", "$.rules[6].volunteers", ["?"], "no volunteer", at="$.rules[6].volunteers[0]"),
    wrong("term twice", "$.objective[0].terms[0].kind", "travel", "$.objective[0]", at="$.objective[1].terms[0]"),
    wrong("time zone", "$.horizon.time_zone", "Asia/Shanghia", '"Asia/Shanghai"?'),
    wrong("time zone a folder", "$.horizon.time_zone", "../etc", "no time zone"),
    wrong("time zone empty", "$.horizon.time_zone", "", "no time zone"),
    Broken("swapped in range", _many_points, "$.households[32].location", "XX", "look swapped"),
    wrong("place without a map", "$.households[0].location", {"place": "home"}, "no `lat`"),
    _off_the_matrix("no such place", "$.households[0].location.place", "hom", '"home"?', ""),
    _off_the_matrix("no place", "$.volunteers[0].location", HOME, "is missing", "$.volunteers[0].location.place"),
    _off_the_matrix("place twice", "$.travel.metric.places", ["home", "home"], "twice", "$.travel.metric.places[1]"),
)  # fmt: skip
