"""`python -m sam.training`: see `train`."""

from .train import main

main()
