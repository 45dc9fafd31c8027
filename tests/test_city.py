"""The parts of the city engine: packed tiers, and the core against other assignment solvers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from pairsolve.options import Watch
from pairsolve.pairing.city import coarse, core, forest
from pairsolve.pairing.city.coarse import solve_market
from pairsolve.pairing.city.core import Answer, City
from pairsolve.pairing.city.forest import Forest
from pairsolve.pairing.city.leaf import DRAWN, drawn
from pairsolve.pairing.city.market import INFINITE, Market, Needs, Special, Volunteers, Way
from pairsolve.pairing.city.pricing import PARTS, Pricing
from pairsolve.pairing.city.setup import is_compact
from pairsolve.pairing.city.weights import Level, Weights
from pairsolve.travel import EARTH_KM

COVERAGE = Level((0, 1), 0, 2, unit=3)


def test_classes_of_coverage_share_a_weight() -> None:
    """A need of the first class counts twice as much as one of the second; empty tiers have no weight."""
    weights = Weights.build((COVERAGE, Level((2,), 0, 0), Level((3,), 0, 9)), 4, 5)
    assert weights.units == (100, 50, 0, 1)


def test_a_tier_that_does_not_fit_goes_without() -> None:
    """What fits no 64-bit number loses the last tiers, and says how many are left."""
    levels = (COVERAGE, Level((2,), 0, 1 << 30), Level((3,), 0, 1 << 30))
    weights = Weights.build(levels, 4, 1 << 20)
    assert weights.units[3] == 0
    assert weights.charged(levels) == 3


@given(st.lists(st.integers(-300, 3000), min_size=1, max_size=40), st.integers(0, 9))
def test_prices_taken_apart_keep_their_order(packed: list[int], most: int) -> None:
    """π ≤ c + μ between numbers is the same between vectors, for all costs that may occur."""
    weights = Weights.build((Level((0,), 0, 5), Level((1,), -2, most)), 2, len(packed) + 2)
    vectors = weights.prices(np.array(packed, np.int64))
    assert vectors is not None
    ends = [(0, [0, 0]), *zip(packed, vectors.T.tolist(), strict=True)]
    for mu, high in ends:
        for pi, low in ends:
            for top in (0, 1, 5):
                for rest in range(-2, most + 1):
                    cost = top * weights.units[0] + rest * weights.units[1]
                    assert (pi <= mu + cost) == (low <= [high[0] + top, high[1] + rest])


def test_prices_without_a_gap_are_refused() -> None:
    """Where prices lie too close around the circle, nothing is taken apart."""
    weights = Weights.build((Level((0,), 0, 5), Level((1,), 0, 4)), 2, 2)
    assert weights.prices(np.arange(0, 30, 2)) is None


def test_counts_of_coverage_become_vectors() -> None:
    """Larger counts are later in lexicographic order, and one uncovered need of a class is that need."""
    weights = Weights.build((COVERAGE,), 2, 5)
    vectors = weights.prices(np.array([-2, -1, 0, 1, 2, 3], np.int64))
    assert vectors is not None
    assert vectors.T.tolist() == [[0, -6], [0, -3], [0, 0], [0, 3], [3, 0], [6, 0]]


def market(dice: np.random.Generator, needs: int, volunteers: int) -> Market:
    """Return a random market on a small map with two kinds on each side, two modes and some special pairs."""
    points = np.radians(np.column_stack([22.8 + dice.random(needs + volunteers) * 0.05,
                                         108.3 + dice.random(needs + volunteers) * 0.05]))  # fmt: skip
    sphere = np.column_stack([np.cos(points[:, 0]) * np.cos(points[:, 1]), np.cos(points[:, 0]) * np.sin(points[:, 1]),
                              np.sin(points[:, 0])])  # fmt: skip
    codes = np.sort(dice.choice(needs * volunteers, min(needs * volunteers, 5), replace=False))
    special = Special((codes // volunteers).astype(np.int32), (codes % volunteers).astype(np.int32),
                      np.where(dice.random(len(codes)) < 0.5, INFINITE, dice.integers(0, 40, len(codes))))  # fmt: skip
    ones = np.ones(needs)
    return Market(
        needs=Needs(
            option=dice.integers(1, 120, needs), point=sphere[:needs].copy(), factor=ones, home=sphere[:needs].copy(),
            home_factor=ones, rate=dice.integers(1, 3, needs), fixed=dice.integers(0, 4, needs),
            far=np.zeros(needs, np.int64), kind=dice.integers(0, 2, needs).astype(np.int32),
            lane=dice.integers(0, 2, needs).astype(np.int32), remote=(dice.random(needs) < 0.1).astype(np.int32),
        ),
        volunteers=Volunteers(
            point=sphere[needs:].copy(), factor=np.ones(volunteers),
            reach=dice.integers(5, 60, volunteers).astype(np.int32),
            mode=dice.integers(0, 2, volunteers).astype(np.int32),
            kind=dice.integers(0, 2, volunteers).astype(np.int32),
            least=np.zeros(volunteers, np.int32), most=dice.integers(0, 4, volunteers).astype(np.int32),
        ),
        ways=(Way(0.0, 15.0, (0.0,), (1.4,)), Way(5.0, 3.0, (0.5, 2.0), (1.7, 1.3))),
        table=np.array([[0, 3], [INFINITE, 1]], np.int64),
        lanes=(np.arange(volunteers, dtype=np.int32), np.arange(0, volunteers, 2, dtype=np.int32)),
        special=special,
    )  # fmt: skip


def costs(asked: Market) -> np.ndarray:
    """Return the cost of every pair, INFINITE where it is not admissible, without any tree."""
    needs, volunteers = asked.needs, asked.volunteers
    table = np.full((len(needs.option), len(volunteers.most)), INFINITE, np.int64)
    for n in range(len(needs.option)):
        for v in asked.lanes[needs.lane[n]].tolist():
            way = asked.ways[volunteers.mode[v]]
            chord = ((needs.point[n] - volunteers.point[v]) ** 2).sum()
            km = EARTH_KM * 2.0 * np.arcsin(np.sqrt(chord) / 2.0)
            minutes = int(np.ceil(np.round(way.start + km * np.interp(km, way.knots, way.detours) * way.pace, 9)))
            extra = asked.table[needs.kind[n], volunteers.kind[v]]
            if extra < INFINITE and (needs.remote[n] or minutes <= volunteers.reach[v]):
                table[n, v] = needs.fixed[n] + extra + (0 if needs.remote[n] else needs.rate[n] * minutes)
    table[asked.special.need, asked.special.volunteer] = asked.special.cost
    return table


def ensure_optimal(asked: Market, answer: Answer | None) -> None:
    """Compare with scipy's assignment over places and gaps, and let the prices prove it over all pairs."""
    assert answer is not None
    needs, volunteers = len(asked.needs.option), len(asked.volunteers.most)
    table = costs(asked)
    places = np.repeat(np.arange(volunteers), asked.volunteers.most)
    gaps = np.where(np.eye(needs, dtype=bool), asked.needs.option[:, None], 10**6)
    dense = np.concatenate([np.minimum(table[:, places], 10**6), gaps], axis=1)
    rows, columns = linear_sum_assignment(dense)
    held = answer.volunteer
    paid = np.where(held >= 0, table[np.arange(needs), held], asked.needs.option).sum()
    assert paid == dense[rows, columns].sum()
    assert (np.bincount(held[held >= 0], minlength=volunteers) <= asked.volunteers.most).all()
    assert (answer.need_price <= asked.needs.option).all()
    assert (answer.need_price[:, None] <= table + answer.volunteer_price).all()
    assert answer.need_price.sum() - (asked.volunteers.most * answer.volunteer_price).sum() == paid


@settings(max_examples=200)
@given(st.integers(0, 1 << 30), st.integers(1, 25), st.integers(1, 12))
def test_the_core_agrees_with_scipy(seed: int, needs: int, volunteers: int) -> None:
    """The value is scipy's, and the prices prove it."""
    asked = market(np.random.default_rng(seed), needs, volunteers)
    ensure_optimal(asked, City(asked, 1, Watch()).solve())


@settings(max_examples=100)
@given(st.integers(0, 1 << 30), st.integers(1, 25), st.integers(1, 12), st.integers(0, 150))
def test_any_prices_to_begin_with_do(seed: int, needs: int, volunteers: int, most: int) -> None:
    """The value is scipy's wherever the prices of the volunteers begin."""
    dice = np.random.default_rng(seed)
    asked = market(dice, needs, volunteers)
    ensure_optimal(asked, City(asked, 1, Watch(), dice.integers(0, most + 1, volunteers)).solve())


@pytest.mark.parametrize("seed", range(40))
def test_a_wide_market_is_solved_from_coarse_to_fine(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The value is scipy's when a sample, and a sample of the sample, are solved first."""
    monkeypatch.setattr(coarse, "SMALLEST", 5)
    samples = []
    monkeypatch.setattr(coarse, "City", lambda *given: samples.append(given) or City(*given))
    asked = market(np.random.default_rng(seed), 90, 45)
    ensure_optimal(asked, solve_market(asked, 1, Watch()))
    assert [len(given[0].needs.option) for given in samples][-3:] == [6, 23, 90]


def test_a_sample_has_its_part_of_the_places() -> None:
    """Of 45 volunteers a quarter is chosen, with a quarter of the places, and never more than the others have."""
    asked = market(np.random.default_rng(1), 90, 45)
    needs, volunteers, most = coarse._chosen(asked)
    assert len(needs) == len(set(needs.tolist())) == 23
    assert len(volunteers) == len(set(volunteers.tolist())) == 12
    assert abs(4 * int(most.sum()) - int(asked.volunteers.most.sum())) <= 2


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_change_the_answer(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pairs and prices come out, however many threads price, and find prices from a sample."""
    monkeypatch.setattr(coarse, "SMALLEST", 20)
    monkeypatch.setattr(coarse, "BLOCK", 7)
    monkeypatch.setattr(forest, "BLOCK", 3)
    asked = market(np.random.default_rng(5), 60, 30)
    answer, alone = solve_market(asked, threads, Watch()), solve_market(asked, 1, Watch())
    assert answer is not None
    assert alone is not None
    assert (answer.volunteer == alone.volunteer).all()
    assert (answer.volunteer_price == alone.volunteer_price).all()


def test_tables_that_would_fill_memory_are_refused() -> None:
    """Many places for every volunteer, or windows of their own for everybody, are left to the listed pairs."""
    problem = SimpleNamespace(max_households=np.full(3, 10**9), jobs=range(20_000_000))
    one, many = np.zeros(1, np.int64), np.arange(10_000)
    assert not is_compact(problem, SimpleNamespace(kind_of_job=one, kind_of_volunteer=one))
    small = SimpleNamespace(max_households=np.full(3, 10**9), jobs=range(5))
    assert is_compact(small, SimpleNamespace(kind_of_job=one, kind_of_volunteer=one))
    assert not is_compact(small, SimpleNamespace(kind_of_job=many, kind_of_volunteer=many))


@pytest.mark.parametrize("spread", [0, 3, 40])
@pytest.mark.parametrize("how_many", [1, 4])
def test_drawn_numbers_choose_among_all_pairs(spread: int, how_many: int) -> None:
    """Chosen are the least by value and drawn number, and no other pair is worth less than is said of the rest."""
    dice = np.random.default_rng(3)
    here = market(dice, 70, 50)
    trees, needs = Forest(here), np.arange(70, dtype=np.int32)
    price = dice.integers(0, 25, 50).astype(np.int64)
    level = dice.integers(10, 90, 70).astype(np.int64)
    everyone, costs, _ = trees.cheapest(needs, level, price, 50, 0, 1)
    found, cost, rest = trees.cheapest(needs, level, price, how_many, spread, 2)
    for need in needs.tolist():
        values = {
            int(one): int(paid + price[one]) for one, paid in zip(everyone[need], costs[need], strict=True) if one >= 0
        }
        keys = {one: (value << DRAWN) + drawn(need, one, spread << DRAWN) for one, value in values.items()}
        chosen = [one for one in found[need].tolist() if one >= 0]
        assert sorted(keys[one] for one in chosen) == sorted(keys.values())[:how_many]
        assert [cost[need, i] + price[one] for i, one in enumerate(chosen)] == [values[one] for one in chosen]
        assert rest[need] <= min([value for one, value in values.items() if one not in chosen], default=level[need])


def test_nobody_is_found_at_infinite_prices() -> None:
    """Whoever is not to be found has an infinite price, and needs without anybody keep their level."""
    here = market(np.random.default_rng(4), 40, 30)
    level = np.full(40, 1000, np.int64)
    found, _, rest = Forest(here).cheapest(np.arange(40, dtype=np.int32), level, np.full(30, INFINITE), 3, 5, 1)
    assert (found == -1).all()
    assert (rest == level).all()


def pairs_of_all_parts(
    pricing: Pricing, level: np.ndarray, price: np.ndarray, slack: int
) -> dict[tuple[int, int], int]:
    """Ask for all parts, one after another; return what every pair costs that is found."""
    pairs = {}
    for part in range(PARTS):
        question = pricing.ask(part, level, price, slack, 31, 0)
        question.work()
        need, volunteer, cost = pricing.answer(question)
        pairs.update(dict(zip(zip(need.tolist(), volunteer.tolist(), strict=True), cost.tolist(), strict=True)))
    return pairs


def below(here: Market, level: np.ndarray, price: np.ndarray) -> dict[tuple[int, int], int]:
    """Return the ordinary pairs that are worth less than their need, without any tree."""
    table = costs(here)
    table[here.special.need, here.special.volunteer] = INFINITE  # these are in the pool from the start
    return {(n, v): int(table[n, v]) for n, v in np.argwhere(table + price < level[:, None]).tolist()}


def test_the_parts_together_find_every_pair_below_its_price() -> None:
    """No pair is forgotten between parts, and none is found a second time at the same prices."""
    dice = np.random.default_rng(8)
    here = market(dice, 50, 30)
    price, level = dice.integers(0, 25, 30), dice.integers(10, 90, 50)
    pricing = Pricing(Forest(here), np.full(50, -100), price)
    expected = below(here, level, price)
    assert pairs_of_all_parts(pricing, level, price, 0) == expected != {}
    assert pairs_of_all_parts(pricing, level, price, 0) == {}


def test_prices_that_moved_little_wait_for_a_closer_look() -> None:
    """Volunteers who became cheaper by no more than the slack are passed over, and found when it is less."""
    dice = np.random.default_rng(9)
    here = market(dice, 50, 30)
    price, level = dice.integers(10, 35, 30), dice.integers(10, 90, 50)
    pricing = Pricing(Forest(here), np.full(50, -100), price)
    pairs_of_all_parts(pricing, level, price, 0)
    assert pairs_of_all_parts(pricing, level, price - 5, 5) == {}
    expected = below(here, level, price - 5)
    assert pairs_of_all_parts(pricing, level, price - 5, 4) == expected


@pytest.mark.parametrize("seed", range(20))
def test_no_pair_comes_into_the_pool_twice(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pairs of a volunteer who lacks needs are added while others are being priced, and found there once more."""
    monkeypatch.setattr(core, "POOL", 1)
    asked = market(np.random.default_rng(seed), 60, 25)
    least = np.minimum(asked.volunteers.most, 2).astype(np.int32)
    city = City(replace(asked, volunteers=replace(asked.volunteers, least=least)), 1, Watch())
    city.solve()
    need, volunteer = city.pool.pairs()
    assert len(np.unique(need.astype(np.int64) * 25 + volunteer)) == len(need)
