"""Who holds which skills, traits and channels: one mask over all volunteers for each, made when first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pairsolve.instance import SkillLevel, Volunteer

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
FOREVER = date.max.toordinal()


class Holders:
    """The volunteers of a register by what they hold.

    Parameters
    ----------
    volunteers
        In order of their numbers.

    Examples
    --------
    >>> from pairsolve.instance import HeldSkill, Location
    >>> here = Location(lat=22.8, lon=108.3)
    >>> ann = Volunteer(id="ann", location=here, skills=(HeldSkill(skill="signing", level=2),))
    >>> bob = Volunteer(id="bob", location=here, traits=("gender:male",))
    >>> holders = Holders((ann, bob))
    >>> holders.skilled((SkillLevel(skill="signing"),)).tolist(), holders.like(("gender:male",)).tolist()
    ([True, False], [False, True])
    """

    def __init__(self, volunteers: Sequence[Volunteer]) -> None:
        self._size = len(volunteers)
        held: dict[str, list[int]] = {}
        self._traits: dict[str, list[int]] = {}
        self._channels: dict[str, list[int]] = {}
        for number, one in enumerate(volunteers):
            for skill in one.skills:
                last = FOREVER if skill.expires is None else skill.expires.toordinal()
                held.setdefault(skill.skill, []).extend((number, skill.level, last))
            for trait in one.traits:
                self._traits.setdefault(trait, []).append(number)
            for channel in one.channels:
                self._channels.setdefault(channel, []).append(number)
        self._held = {skill: np.array(rows, np.int64).reshape(-1, 3) for skill, rows in held.items()}
        self._holding = lru_cache(maxsize=None)(self._mask_of_skill)
        self._with = lru_cache(maxsize=None)(lambda trait: self._mask(self._traits.get(trait, ())))
        self._over = lru_cache(maxsize=None)(lambda channel: self._mask(self._channels.get(channel, ())))

    def skilled(self, skills: Iterable[SkillLevel], day: date | None = None) -> Bools:
        """Say who holds all skills at the levels asked; valid on a day, or at any time."""
        return self._all(self._holding(asked.skill, asked.level, day) for asked in skills)

    def like(self, traits: Iterable[str]) -> Bools:
        """Say who has all traits."""
        return self._all(map(self._with, traits))

    def offering(self, channel: str) -> Bools:
        """Say who offers a channel."""
        return self._all((self._over(channel),))

    def _all(self, masks: Iterable[Bools]) -> Bools:
        everybody = np.ones(self._size, np.bool_)
        for mask in masks:
            everybody &= mask
        return everybody

    def _mask_of_skill(self, skill: str, level: int, day: date | None) -> Bools:
        rows = self._held.get(skill)
        if rows is None:
            return self._mask(())
        good = rows[:, 1] >= level
        if day is not None:
            good &= rows[:, 2] >= day.toordinal()
        return self._mask(rows[good, 0])

    def _mask(self, numbers: Sequence[int] | Ints) -> Bools:
        mask = np.zeros(self._size, np.bool_)
        mask[np.asarray(numbers, np.int64)] = True
        return mask
