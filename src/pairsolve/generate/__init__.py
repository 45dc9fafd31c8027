"""Realistic instances from real geography: real places and communities, invented people."""

from pairsolve.generate.places import PLACES
from pairsolve.generate.recipe import generate

__all__ = ["PLACES", "generate"]
