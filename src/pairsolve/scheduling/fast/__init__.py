"""The compiled fast path: the best plans that all needs of a city could have alone, placed together."""
