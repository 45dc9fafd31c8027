"""Masks of holders agree with looking at every volunteer."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pairsolve.candidates import has_credentials, has_skills, has_traits
from pairsolve.holders import Holders
from pairsolve.instance import HeldSkill, Location, SkillLevel, Volunteer

TODAY = date(2027, 3, 1)
NAMES = st.sampled_from(("signing", "driving", "nursing"))
DAYS = st.one_of(st.none(), st.integers(-2, 2).map(lambda days: TODAY + timedelta(days)))
HELD = st.builds(HeldSkill, skill=NAMES, level=st.integers(1, 3), expires=DAYS)
VOLUNTEERS = st.lists(
    st.tuples(
        st.lists(HELD, max_size=4, unique_by=lambda held: held.skill),
        st.sets(st.sampled_from("abc")),
        st.sets(st.sampled_from(("home", "phone", "site")), min_size=1),
    ),
    max_size=6,
).map(
    lambda people: tuple(
        Volunteer(
            id=f"V{number}",
            location=Location(lat=0.0, lon=0.0),
            skills=tuple(skills),
            traits=tuple(sorted(traits)),
            channels=tuple(sorted(channels)),
        )
        for number, (skills, traits, channels) in enumerate(people)
    )
)
ASKED = st.lists(st.builds(SkillLevel, skill=NAMES, level=st.integers(1, 3)), max_size=3).map(tuple)


@given(VOLUNTEERS, ASKED)
def test_skilled_is_having_the_skills(volunteers: tuple[Volunteer, ...], asked: tuple[SkillLevel, ...]) -> None:
    holders = Holders(volunteers)
    assert holders.skilled(asked).tolist() == [has_skills(one, asked) for one in volunteers]
    assert holders.skilled(asked, TODAY).tolist() == [has_credentials(one, asked, TODAY) for one in volunteers]


@given(VOLUNTEERS, st.sets(st.sampled_from("abcd")))
def test_like_is_having_the_traits(volunteers: tuple[Volunteer, ...], traits: set[str]) -> None:
    asked = tuple(sorted(traits))
    assert Holders(volunteers).like(asked).tolist() == [has_traits(one, asked) for one in volunteers]


@given(VOLUNTEERS, st.sampled_from(("home", "phone", "site")))
def test_offering_is_having_the_channel(volunteers: tuple[Volunteer, ...], channel: str) -> None:
    assert Holders(volunteers).offering(channel).tolist() == [channel in one.channels for one in volunteers]
