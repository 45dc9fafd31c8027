"""When the meetings are held: an edge colouring into rounds, then rounds of even size.

Between two groups as many rounds as anybody has meetings always suffice (Kőnig 1916). Within one group one more may
be needed (Vizing 1964); what then finds no round comes back.
"""

from __future__ import annotations

from itertools import pairwise
from random import Random

Pairs = tuple[tuple[int, int], ...]
_TRIES = 40  # times as many pushes as meetings before a meeting is given up


def into_rounds(
    pairs: Pairs, num_people: int, rounds: int, others: Pairs = (), most_at_once: int = 0
) -> list[list[tuple[int, int]]]:
    """Return the meetings of each round; within one group some may be left out, or give way to others.

    Parameters
    ----------
    pairs
        Meetings, at most `rounds` of each person.
    others
        All pairs that may meet, to fill rounds with when some of the meetings find none.
    most_at_once
        Most meetings of a round that is filled in this way.
    num_people
        People in all.
    rounds
        How many rounds there are.
    """
    book = _Book(num_people, rounds)
    open_pairs = list(reversed(pairs))
    dice = Random(0)
    tries = _TRIES * len(pairs) + _TRIES
    while open_pairs and tries > 0:
        tries -= 1
        a, b = open_pairs.pop()
        if not book.place(a, b):
            open_pairs = book.push_in(a, b, dice) + open_pairs
    if open_pairs:
        _fill_up(book, others, most_at_once)
    _even_out(book)
    return [book.meetings(number) for number in range(rounds)]


class _Book:
    """Whom everybody meets in each round: ``partner[round][person]``, -1 for nobody."""

    def __init__(self, num_people: int, rounds: int) -> None:
        self.partner = [[-1] * num_people for _ in range(rounds)]

    def meetings(self, number: int) -> list[tuple[int, int]]:
        return [(a, b) for a, b in enumerate(self.partner[number]) if a < b]

    def free(self, person: int) -> list[int]:
        return [number for number, partner in enumerate(self.partner) if partner[person] < 0]

    def hold(self, number: int, a: int, b: int) -> None:
        self.partner[number][a], self.partner[number][b] = b, a

    def drop(self, number: int, a: int, b: int) -> None:
        self.partner[number][a] = self.partner[number][b] = -1

    def place(self, a: int, b: int) -> bool:
        """Give a meeting a round, changing two rounds along a path where need be; return False if no path helps."""
        mine, theirs = self.free(a), self.free(b)
        for number in mine:
            if self.partner[number][b] < 0:
                self.hold(number, a, b)
                return True
        for one in mine:
            for other in theirs:
                path = self.path(b, one, other)
                if path[-1] != a:
                    self.swap(path, one, other)
                    self.hold(one, a, b)
                    return True
        return False

    def path(self, person: int, one: int, other: int) -> list[int]:
        """Return the people along meetings of two rounds in turn, the first of them in round `one`."""
        path = [person]
        while (following := self.partner[one][path[-1]]) >= 0:
            path.append(following)
            one, other = other, one
        return path

    def swap(self, path: list[int], one: int, other: int) -> None:
        """Let the meetings along a path change between the two rounds."""
        links = list(pairwise(path))
        for number, (a, b) in enumerate(links):
            self.drop((one, other)[number % 2], a, b)
        for number, (a, b) in enumerate(links):
            self.hold((other, one)[number % 2], a, b)

    def push_in(self, a: int, b: int, dice: Random) -> list[tuple[int, int]]:
        """Give a meeting a round in which one of the two is free; return the meeting that is pushed out."""
        number = dice.choice(self.free(a) + self.free(b))
        pushed = []
        for person in (a, b):
            partner = self.partner[number][person]
            if partner >= 0:
                self.drop(number, person, partner)
                pushed.append((min(person, partner), max(person, partner)))
        self.hold(number, a, b)
        return pushed


def _fill_up(book: _Book, pairs: Pairs, most_at_once: int) -> None:
    """Let two people who wait in one round meet others or each other, along a path of meetings that change."""
    met = {pair for number in range(len(book.partner)) for pair in book.meetings(number)}
    friends: list[list[int]] = [[] for _ in book.partner[0]]
    for a, b in pairs:
        friends[a].append(b)
        friends[b].append(a)
    for number, partner in enumerate(book.partner):
        for person in range(len(partner)):
            if partner[person] >= 0 or len(book.meetings(number)) >= most_at_once:
                continue
            path = _way_out(person, partner, friends, met)
            for a, b in list(pairwise(path))[1::2]:
                book.drop(number, a, b)
                met.discard((min(a, b), max(a, b)))
            for a, b in list(pairwise(path))[::2]:
                book.hold(number, a, b)
                met.add((min(a, b), max(a, b)))


def _way_out(person: int, partner: list[int], friends: list[list[int]], met: set[tuple[int, int]]) -> list[int]:
    """Return a path from somebody who waits to another: new meetings and those of the round in turn; or nothing."""
    came_from = {person: -1}
    queue = [person]
    for one in queue:
        for other in friends[one]:
            if other in came_from or (min(one, other), max(one, other)) in met:
                continue
            came_from[other] = one
            following = partner[other]
            if following < 0:
                path = [other]
                while came_from[path[-1]] >= 0:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if following not in came_from:
                came_from[following] = other
                queue.append(following)
    return []


def _even_out(book: _Book) -> None:
    """Move meetings from large rounds to small ones until sizes differ by one at most."""
    while True:
        sizes = [sum(partner >= 0 for partner in row) // 2 for row in book.partner]
        large, small = sizes.index(max(sizes)), sizes.index(min(sizes))
        if sizes[large] - sizes[small] <= 1:
            return
        for person, partner in enumerate(book.partner[large]):
            if partner >= 0 and book.partner[small][person] < 0:
                path = book.path(person, large, small)
                if len(path) % 2 == 0:
                    book.swap(path, large, small)
                    break
