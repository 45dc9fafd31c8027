"""Ways along tight pairs: who passes on what at the prices there are, and who is not asked again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pairsolve.compiled import load

load(["pairsolve.pairing.city.pool", "pairsolve.pairing.city.paths"])

from pairsolve.pairing.city.pool import Pool  # noqa: E402  # compiles its kernels when imported first
from pairsolve.pairing.city.tight import from_need, from_volunteer  # noqa: E402  # as above

STAMP = 7
PAIRS = {(0, 0): 4, (0, 1): 3, (1, 1): 3, (1, 2): 4, (2, 0): 4}  # need and volunteer: cost
PRICES = np.array([0, 1, 0])  # of volunteers; the best pair of every need is worth 4, and all pairs are tight


def small(numbers: list[int]) -> np.ndarray:
    return np.array(numbers, np.int32)


class Town:
    """Three volunteers with one place each: needs 0 and 1 are held by volunteers 0 and 1, need 2 by nobody."""

    def __init__(self) -> None:
        self.pool = Pool(3, 3, threads=1)
        asked, helping = zip(*PAIRS, strict=True)
        self.pool.add(small(list(asked)), small(list(helping)), np.array(list(PAIRS.values())))
        self.option, self.worth = np.full(3, 9), np.full(3, 4)
        self.holder, self.first, self.after = small([0, 1, -2]), small([0, 1, -1]), small([-1, -1, -1])
        self.load, self.least, self.most = small([1, 1, 0]), small([0, 0, 0]), small([1, 1, 1])
        self.parent, self.toll, self.onward = small([-1] * 3), np.zeros(3, np.int64), small([-1] * 3)
        self.marks = small([-1] * 3)

    def of_need(self) -> Any:
        """Return what is found for need 2."""
        return from_need(
            2, 4, self.option, *self.pool.by_need.arrays, STAMP, PRICES, self.worth, self.first, self.after, self.load,
            self.most, 0, self.parent, self.toll, self.marks, small([0] * 9), small([0] * 9),
        )  # fmt: skip

    def of_volunteer(self, root: int) -> Any:
        """Return what is found for a place of a volunteer."""
        return from_volunteer(
            root, int(PRICES[root]), *self.pool.by_volunteer.arrays, STAMP, PRICES, self.worth, self.holder, self.load,
            self.least, 0, self.parent, self.toll, self.onward, self.marks, small([0] * 9), small([0] * 9),
        )  # fmt: skip


def test_a_need_is_passed_on_to_whoever_has_room() -> None:
    town = Town()
    assert town.of_need()[:2] == (2, -1)
    assert town.parent.tolist() == [2, 0, 1]
    assert town.toll.tolist() == [4, 3, 4]


def test_a_way_ends_at_a_need_that_is_left_uncovered_as_gladly() -> None:
    town = Town()
    town.option[1] = 4
    assert town.of_need()[:2] == (-1, 1)
    assert town.parent.tolist()[:2] == [2, 0]


@pytest.mark.parametrize("asked_before", [0, 1, 2])
def test_whoever_is_marked_is_not_asked(asked_before: int) -> None:
    town = Town()
    town.marks[asked_before] = STAMP
    assert town.of_need()[:2] == (-1, -1)


def test_there_is_no_way_through_pairs_that_are_not_tight() -> None:
    town = Town()
    town.worth[1] = 3  # its pair with the volunteer who has room is worth more
    assert town.of_need()[:2] == (-1, -1)
    assert town.marks.tolist() == [STAMP, STAMP, -1]


def test_a_place_is_filled_by_a_volunteer_who_gives_away_gladly() -> None:
    town = Town()  # volunteer 2 has room; volunteer 1 is dear and takes from 0, whose price is that of an empty place
    assert town.of_volunteer(2)[:2] == (0, -1)
    assert town.parent.tolist()[:2] == [0, 1]
    assert town.onward.tolist()[:2] == [1, 2]
    assert town.toll.tolist()[:2] == [3, 4]


def test_a_place_is_filled_by_a_need_without_one() -> None:
    town = Town()
    town.holder[1] = -1
    assert town.of_volunteer(2)[:3] == (2, 1, 4)
