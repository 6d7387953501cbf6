"""Measures with a command each: `python -m sam.evaluation.benchmarks.alpha`, ..."""
