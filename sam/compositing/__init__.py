"""Backgrounds, framing and shadows for cut-outs."""
