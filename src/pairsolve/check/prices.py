"""The prices of a certificate, read and held against the costs (docs/model.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from pairsolve.check.admissible import Block
from pairsolve.check.costs import Costs
from pairsolve.check.facts import Facts, Ints
from pairsolve.check.nearby import Sieve
from pairsolve.check.verdict import Finding
from pairsolve.plan import Certificate

LARGEST = 2**60  # two prices and a cost still fit into 64 bits


class Prices:
    """Price vectors as arrays; identifiers left out have the price zero.

    Parameters
    ----------
    facts
        The instance with its look-ups.
    certificate
        Prices without faults of form.
    costs
        Costs of the relaxation.

    Attributes
    ----------
    volunteers, jobs
        Shapes (volunteers, tiers) and (jobs, tiers).
    """

    def __init__(self, facts: Facts, certificate: Certificate, costs: Costs) -> None:
        size = costs.layout.size
        self.volunteers = _matrix(certificate.volunteers, list(facts.volunteers), size)
        self.jobs = _matrix(certificate.needs, [job.id for job in facts.jobs], size)
        # the first tiers, coverage above all, charge no pair: there one number in lexicographic order is enough
        self._free = costs.layout.first_of_pairs()
        self._rank = self._ranks(self._free)

    def _ranks(self, tiers: int) -> Ints:
        """Return the place of the prices of volunteers and jobs in lexicographic order of the first tiers."""
        first = np.concatenate([self.volunteers, self.jobs])[:, :tiers]
        if not tiers or not len(first):
            return np.zeros(len(first), np.int64)
        order = np.lexsort(first.T[::-1])
        new = np.append(False, (first[order[1:]] != first[order[:-1]]).any(axis=1))
        rank = np.empty(len(first), np.int64)
        rank[order] = np.cumsum(new)
        return rank

    def sieve(self, costs: Costs, want: Ints) -> Sieve:
        """Return what tells the pairs whose prices are certainly right, by the first tier that charges travel."""
        tier, weight = min(costs.layout.of("travel"), default=(costs.layout.size, 0))
        rank, (volunteers, jobs) = self._ranks(tier), costs.known()
        one, other = (
            np.ascontiguousarray(prices[:, tier]) if tier < costs.layout.size else np.zeros(len(prices), np.int64)
            for prices in (self.volunteers, self.jobs)
        )
        split = len(self.volunteers)
        return Sieve(rank[:split], one, want, volunteers, rank[split:], other, weight * costs.required, jobs)

    def above_uncovered(self, costs: Costs) -> Ints:
        """Return the jobs with π(n) > o(n)."""
        slack = costs.uncovered - self.jobs
        wrong, undecided = np.zeros(len(slack), np.bool_), np.ones(len(slack), np.bool_)
        for column in slack.T:
            wrong |= undecided & (column < 0)
            undecided &= column == 0
        return np.nonzero(wrong)[0]

    def above_pair(self, block: Block, costs: Costs) -> Ints:
        """Return the pairs of a block with π(n) > c(v, n) + μ(v): equal so far, then higher."""
        volunteer = block.volunteers[block.row]
        slack = self._rank[volunteer] - self._rank[len(self.volunteers) + block.job]
        wrong, some = [np.nonzero(slack < 0)[0]], np.nonzero(slack == 0)[0]
        for tier in range(self._free, costs.layout.size):
            slack = costs.of_pairs(tier, block, some)
            slack += self.volunteers[volunteer[some], tier] - self.jobs[block.job[some], tier]
            wrong.append(some[slack < 0])
            some = some[slack == 0]
        return np.sort(np.concatenate(wrong))

    def slack(self, block: Block, costs: Costs, some: Ints) -> Ints:
        """Return c(v, n) + μ(v) − π(n) of some pairs of a block, shape (pairs, tiers)."""
        slack = self.volunteers[block.volunteers[block.row[some]]] - self.jobs[block.job[some]]
        for tier in range(self._free, costs.layout.size):
            slack[:, tier] += costs.of_pairs(tier, block, some)
        return slack


def form_faults(facts: Facts, certificate: Certificate, size: int) -> Iterator[Finding]:
    """Name prices that cannot be read."""
    known_jobs = facts.needs.keys() | facts.events.keys()
    for kind, prices, known in (
        ("need or event", certificate.needs, known_jobs),
        ("volunteer", certificate.volunteers, facts.volunteers.keys()),
    ):
        for id_, vector in prices.items():
            if id_ not in known:
                yield Finding("prices", f"a price is given for {kind} {id_!r}, which the instance does not have", id_)
            elif len(vector) != size:
                yield Finding("prices", f"the price of {id_!r} has {len(vector)} numbers for {size} tiers", id_)
            elif any(abs(one) > LARGEST for one in vector):
                yield Finding("prices", f"the price of {id_!r} is too large for exact arithmetic", id_)


def _matrix(prices: Mapping[str, tuple[int, ...]], ids: list[str], size: int) -> Ints:
    zero = (0,) * size
    return np.array([prices.get(id_, zero) for id_ in ids], np.int64).reshape(len(ids), size)
