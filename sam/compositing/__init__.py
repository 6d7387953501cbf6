"""What is done with a cut-out: backgrounds, framing, shadows."""
