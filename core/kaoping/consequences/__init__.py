"""What follows from a result: ledger entries and their life."""
