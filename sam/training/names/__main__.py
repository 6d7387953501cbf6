"""`python -m sam.training.names`."""

from .train import main

if __name__ == "__main__":
    main()
