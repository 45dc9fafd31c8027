"""Exact pairing over every possible pair, without holding them: a small pool of pairs, and prices for all others."""
