"""Budgets: jobs to agents whose minutes are limited, at least cost, with a bound (generalised assignment)."""
