"""The page: `python -m benchmarks page` makes pages of a town and a city, opens them in Chromium, and says how long."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks.data import DataAbsent
from benchmarks.ledger import Result
from benchmarks.registry import register

if TYPE_CHECKING:
    from pairsolve.instance import Instance
    from pairsolve.plan import Plan

SIZES = (("guiyang", 10_000, 6_000), ("wuhan", 100_000, 60_000))
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1280,900 --lang=en"
)
UNCOVERED = 0.08
TIMED = {
    "search": "shown.search = '12'; drawRegister(); shown.search = ''",
    "sort": "sortBy(5)",
    "map frame": "mapView.dispatchAction({type: 'dataZoom', batch: [0, 1].map(i => ({dataZoomIndex: i, start: 10, "
    "end: 90}))}); mapView.getZr().flush()",
    "language": "document.getElementById('language').click()",
    "card": "openCard('household', 5); byId('card').close()",
}


@register("page", "the page: seconds to make and to open it, milliseconds of what people do there")
def run(smoke: bool) -> list[Result]:
    """Make and open the pages; a tiny one for smoke."""
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        raise DataAbsent("there is no Chromium with chromedriver on this machine")
    return [measure(*size) for size in ([("guiyang", 60, 40)] if smoke else SIZES)]


def measure(place: str, households: int, volunteers: int) -> Result:
    """Make and open the page of one place."""
    from pairsolve.generate import generate  # noqa: PLC0415  # listing the families loads no geography
    from pairsolve.page import page_html  # noqa: PLC0415  # the same

    instance = generate(place, households=households, volunteers=volunteers, seed=1)
    plan = dealt(instance)
    began = time.perf_counter()
    text = page_html(instance, plan)
    made = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(text, encoding="utf-8")
        ready, spent = opened(path, Path(folder) / "profile")
    doing = ", ".join(f"{what} {milliseconds:.0f} ms" for what, milliseconds in spent.items())
    return Result(
        f"{place}, {households} households, {volunteers} volunteers, {len(plan.pairs)} pairs, {len(plan.visits)} "
        "visits, dealt and not solved",
        f"made in {made:.1f} s, {len(text) / 1e6:.1f} MB, drawn {ready / 1000:.2f} s after opening; {doing}",
    )


def dealt(instance: Instance) -> Plan:
    """Return a plan dealt at random, which keeps no rule: a volunteer of the same area and two visits for each need."""
    from pairsolve.plan import CoverageRow, Pair, Plan, Run, Seat, UnmetSeat, Visit  # noqa: PLC0415  # as above

    dice = random.Random(1)
    zone = ZoneInfo(instance.horizon.time_zone)
    midnight = datetime.combine(instance.horizon.first_day, datetime.min.time(), zone)
    homes = {household.id: household for household in instance.households}
    counts: dict[tuple[str, str | None, int], list[int]] = {}
    near: dict[str | None, list[str]] = {}
    for volunteer in instance.volunteers:
        near.setdefault(volunteer.area, []).append(volunteer.id)
    everybody = [volunteer.id for volunteer in instance.volunteers]
    seats: dict[tuple[str, str], list[Seat]] = {}
    visits, unmet = [], []
    for need in instance.needs:
        home = homes[need.household]
        row = counts.setdefault((need.service, home.area, home.priority), [0, 0])
        row[0] += 1
        if dice.random() < UNCOVERED:
            unmet.append(UnmetSeat(need=need.id, seats=1, code="all_taken", facts={"no_skill": 40, "candidates": 3}))
            continue
        person = dice.choice(near.get(home.area) or everybody)
        row[1] += 1
        seats.setdefault((person, need.household), []).append(Seat(need=need.id))
        for index in (1, 2):
            start = midnight + timedelta(
                days=14 * index - 14 + dice.randrange(14), minutes=480 + 15 * dice.randrange(40)
            )
            end = start + timedelta(hours=1)
            visits.append(Visit(need=need.id, index=index, crew=(person,), start=start, end=end, travel=(9,)))
    return Plan(
        status="feasible",
        pairs=tuple(
            Pair(volunteer=person, household=home, seats=tuple(held), minutes=dice.randrange(40))
            for (person, home), held in seats.items()
        ),
        visits=tuple(visits),
        unmet=tuple(unmet),
        coverage=tuple(
            CoverageRow(
                service=service,
                area=area,
                priority=priority,
                needs=needs,
                covered=covered,
                visits_required=2 * needs,
                visits_planned=2 * covered,
            )
            for (service, area, priority), (needs, covered) in counts.items()
        ),
        run=Run(version="", fingerprint=""),
    )


def opened(path: Path, profile: Path) -> tuple[float, dict[str, float]]:
    """Open a page; return the milliseconds until it is drawn, and those of what people do."""
    from selenium import webdriver  # noqa: PLC0415  # as above
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415  # as above

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver: Any = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.get(path.as_uri())
        while not (ready := driver.execute_script("return document.documentElement.dataset.ready")):
            time.sleep(0.05)
        time.sleep(1)
        clock = "const began = performance.now(); {}; return performance.now() - began"
        return float(ready), {
            what: driver.execute_script(clock.replace("{}", program)) for what, program in TIMED.items()
        }
    finally:
        driver.quit()
