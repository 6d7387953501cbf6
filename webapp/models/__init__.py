"""Which models the page offers, and the model manager."""
