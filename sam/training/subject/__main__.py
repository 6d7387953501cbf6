"""`python -m sam.training.subject`."""

from .train import main

if __name__ == "__main__":
    main()
