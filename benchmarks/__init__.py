"""What pairsolve is measured on: families that register themselves, and a ledger of results."""
