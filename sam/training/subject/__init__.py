"""How nano-subject was trained: `python -m sam.training.subject`."""
