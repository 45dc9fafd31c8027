"""Bounds where volunteers have hours: prices on seats, and the best load of every volunteer against them."""
