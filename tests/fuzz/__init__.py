"""`python -m tests.fuzz`: made-up values at every door, and no door may break."""
