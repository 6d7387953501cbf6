"""How nano-names was trained: `python -m sam.training.names`."""
