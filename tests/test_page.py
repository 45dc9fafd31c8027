"""The page, in a real browser: it opens alone, finds, translates, shows every mark, and runs nothing from the data."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import event, household, instance, need, volunteer
from typer.testing import CliRunner

from pairsolve.cli import app
from pairsolve.errors import InstanceError
from pairsolve.instance import Area, Instance, Service
from pairsolve.page import page_html
from pairsolve.plan import CoverageRow, Pair, Plan, Run, Seat, TierValue, UnmetSeat, Visit
from pairsolve.rules import TargetRule
from pairsolve.writing import write

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
EVIL = "<script>window.ran=1</script><img src=x onerror='window.ran=1'>"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1280,900 --lang=en"
)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def asked() -> Instance:
    """Return five households, one of which nobody helps, and three volunteers, one of them with a wicked name."""
    homes = [household(f"H{i}", x=i, area="east", name=f"Home {i}") for i in range(1, 6)]
    people = [volunteer("V1", name=EVIL), volunteer("V2", y=1.0, name="</script>@@data@@"), volunteer("V3", y=2.0)]
    return instance(
        people,
        homes,
        [need(f"N{i}", f"H{i}") for i in range(1, 6)],
        events=[event("E1", name="Assistance day")],
        areas=[Area(id="east", name="East street")],
        services=[Service(id="help", name="Help & <b>care</b>")],
        rules=[TargetRule(id="T1", share=0.9)],
    )


def decided() -> Plan:
    """Return a plan in which V1 helps H1 to H3 and V2 helps H4."""
    helpers = {1: "V1", 2: "V1", 3: "V1", 4: "V2"}
    start = "2026-03-02T09:00:00+08:00"
    return Plan(
        status="feasible",
        objective=(
            TierValue(name="coverage:2", layer="pairs", value=1, bound=1, proof="prices"),
            TierValue(name="travel", layer="pairs", value=30, bound=20, proof="prices"),
        ),
        pairs=tuple(
            Pair(volunteer=person, household=f"H{i}", seats=(Seat(need=f"N{i}"),), minutes=i * 7)
            for i, person in helpers.items()
        ),
        visits=(
            Visit.model_validate(
                {
                    "need": "N1",
                    "index": 1,
                    "crew": ["V1"],
                    "start": start,
                    "end": start.replace("09", "10", 1),
                    "travel": [7],
                }
            ),
        ),
        unmet=(UnmetSeat(need="N5", seats=1, code="too_far", facts={"too_far": 3}),),
        coverage=(
            CoverageRow(
                service="help", area="east", priority=2, needs=5, covered=4, visits_required=5, visits_planned=1
            ),
        ),
        run=Run(version="0", fingerprint="f"),
    )


class Browser:
    """A page in Chromium, asked in JavaScript."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def ask(self, program: str) -> Any:
        """Return what a piece of JavaScript returns."""
        return self.driver.execute_script(program)

    def wait(self, condition: str) -> None:
        """Wait until a JavaScript expression holds."""
        until = time.monotonic() + 20
        while not self.ask(f"return Boolean({condition})"):
            assert time.monotonic() < until, f"never came true: {condition}"
            time.sleep(0.05)

    def open(self, path: Path) -> None:
        """Open a file and wait until the page is drawn."""
        self.driver.get(path.as_uri())
        self.wait("document.documentElement.dataset.ready")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser with the page of `asked` and `decided` open."""
    if not BROWSER or not DRIVER:
        pytest.skip("no Chromium with chromedriver on this machine; .ci/run installs them")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service as DriverService

    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(page_html(asked(), decided()), encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS.split(), f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=DriverService(DRIVER))
    try:
        page = Browser(driver)
        page.open(folder / "page.html")
        yield page
    finally:
        driver.quit()


def test_it_opens_from_a_file_and_asks_for_nothing_else(browser: Browser) -> None:
    """The only thing loaded is the file itself, and the console stays empty."""
    events = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    loaded = {
        entry["params"]["request"]["url"] for entry in events if entry["method"] == "Network.requestWillBeSent"
    } | set(browser.ask("return performance.getEntriesByType('resource').map(e => e.name)"))
    assert {url for url in loaded if not url.startswith(("data:", "blob:", "chrome"))} == {browser.driver.current_url}
    assert browser.driver.get_log("browser") == []


def test_the_summary_says_what_is_covered(browser: Browser) -> None:
    """Covered, uncovered, and the proof of each tier stand first."""
    said = browser.ask("return document.getElementById('summary').innerText")
    assert "80%" in said
    assert "everybody suitable lives too far away" in said
    assert "at most 10 from the best" in said
    assert browser.ask("return document.querySelector('[data-figure=uncovered] strong').textContent") == "1"


def test_the_map_has_every_mark(browser: Browser) -> None:
    """Each household, volunteer and pair is on the map, in what is drawn as well as in what is said."""
    marks = browser.ask("return {...document.getElementById('map-canvas').dataset}")
    assert (marks["households"], marks["volunteers"], marks["pairs"], marks["uncovered"]) == ("5", "3", "4", "1")
    drawn = browser.ask(
        "const s = echarts.getInstanceByDom(document.getElementById('map-canvas')).getOption().series;"
        "return s.filter(x => x.type === 'scatter').map(x => x.data.length)"
    )
    assert sum(drawn) == 8


def test_a_large_city_shows_areas_first(browser: Browser) -> None:
    """Beyond the most marks there is one mark an area; choosing one shows who lives there."""
    browser.ask("D.mostMarks = 2; D.households.area[4] = -1; drawMap()")
    assert browser.ask("return {...byId('map-canvas').dataset}.areas") == "2"
    browser.ask("openMark({seriesId: 'areas', value: [0, 0, 0]})")
    marks = browser.ask("return {...byId('map-canvas').dataset}")
    assert (marks["areas"], marks["households"]) == ("0", "4")
    browser.ask("D.mostMarks = 25000; D.households.area[4] = 0; byId('map-whole').click()")


def test_search_finds_a_household_and_its_card_says_why_nobody_comes(browser: Browser) -> None:
    """Typing a name leaves one row; its card opens, names the reason, and closes with Escape."""
    browser.ask("const s = document.getElementById('search'); s.value = 'home 5'; s.dispatchEvent(new Event('input'));")
    browser.wait("document.querySelectorAll('#register tbody tr').length === 1")
    browser.ask("document.querySelector('#register tbody button').click()")
    card = browser.ask("return document.getElementById('card').innerText")
    assert "Home 5" in card
    assert "everybody suitable lives too far away (3 too far away)" in card
    browser.ask("document.getElementById('card').close()")
    browser.ask("const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input'));")
    browser.wait("document.querySelectorAll('#register tbody tr').length === 5")


def test_a_table_sorts_by_its_head(browser: Browser) -> None:
    """Choosing a head sorts by it and says so; numbers begin with the largest."""
    browser.ask("document.querySelector('[data-sort=\"5\"]').click()")
    assert browser.ask("return document.querySelector('#register tbody button').textContent") == "Home 5"
    assert browser.ask("return document.querySelectorAll('#register th')[5].ariaSort") == "descending"
    browser.ask("document.querySelector('[data-sort=\"0\"]').click()")


def test_the_language_switch_changes_every_label(browser: Browser) -> None:
    """No label stays in the other language, and every word has both."""
    collect = (
        "return [...document.querySelectorAll('[data-t], h3, th button, thead th, caption, label > span, .figure')]"
        ".map(e => e.textContent).filter(t => t.trim())"
    )
    english = browser.ask(collect)
    assert not [words for words in english if words != "中文" and re.search("[一-鿿]", words)]
    browser.ask("document.getElementById('language').click()")
    chinese = browser.ask(collect)
    assert browser.ask("return document.documentElement.lang") == "zh-CN"
    assert [words for words in chinese if words != "English" and not re.search("[一-鿿]", words)] == []
    browser.ask("document.getElementById('language').click()")
    assert browser.ask(collect) == english
    assert browser.ask("return Object.values(WORDS).every(w => w.length === 2 && w[0] && w[1])")


def test_names_are_shown_and_never_run(browser: Browser) -> None:
    """A volunteer named like a script is a text in register, card and tip."""
    browser.ask("openCard('volunteer', 0)")
    assert browser.ask("return document.getElementById('card-h').textContent") == EVIL
    browser.ask("document.getElementById('card').close()")
    assert (
        browser.ask("return tip(markTip({seriesId: 'volunteer:x', value: [0, 0, 0]})).firstChild.textContent") == EVIL
    )
    browser.ask("const s = document.createElement('script'); s.textContent = 'window.ran = 2'; document.body.append(s)")
    assert browser.ask("return window.ran === undefined")
    assert [
        entry for entry in browser.driver.get_log("browser") if "Content Security Policy" not in entry["message"]
    ] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Browser, theme: str) -> None:
    """Contrast, names, roles and keyboard reach hold in both themes, also with a card open."""
    if browser.ask("return document.documentElement.dataset.theme") != theme:
        browser.ask("document.getElementById('theme').click()")
    browser.ask("document.querySelector('.weeks button').click(); openCard('household', 0)")
    browser.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    faults = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1]; axe.run().then(r => done(r.violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes[0].html])))"
    )
    browser.ask("document.getElementById('card').close()")
    assert faults == []


def test_a_phone_needs_no_sideways_scrolling(browser: Browser) -> None:
    """On a narrow screen nothing is wider than the screen."""
    size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.wait("innerWidth === 360")
    assert browser.ask("return document.documentElement.scrollWidth") == 360
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_no_markup_comes_from_the_data() -> None:
    """In the file itself names appear only inside the packed data, and the same input gives the same bytes."""
    text = page_html(asked(), decided())
    assert "window.ran" not in text
    assert text == page_html(asked(), decided())
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text.partition("<script>")[0])


def test_a_plan_of_another_instance_is_refused() -> None:
    """Every unknown name is one line with its place."""
    other = asked().model_copy(update={"households": (household("X"),), "needs": ()})
    with pytest.raises(InstanceError, match=re.escape("$.pairs[0]")) as caught:
        page_html(other, decided())
    assert len(caught.value.problems) > 4


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[str]]:
    """Return a function that writes instance and plan and returns their paths."""

    def paths(given: Instance, plan: Plan) -> list[str]:
        write(given, tmp_path / "i.json")
        write(plan, tmp_path / "p.json")
        return [str(tmp_path / "i.json"), str(tmp_path / "p.json")]

    return paths


def test_the_command_writes_the_page(files: Callable[..., list[str]], tmp_path: Path) -> None:
    """`pairsolve page` writes what the function returns; bad input is exit code 2 and no file."""
    paths = files(asked(), decided())
    done = CliRunner().invoke(app, ["page", *paths, "-o", str(tmp_path / "page.html"), "-q"])
    assert done.exit_code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page_html(asked(), decided())
    paths = files(asked().model_copy(update={"households": (household("X"),), "needs": ()}), decided())
    failed = CliRunner().invoke(app, ["page", *paths, "-o", str(tmp_path / "other.html"), "-q"])
    assert (failed.exit_code, (tmp_path / "other.html").exists()) == (2, False)
