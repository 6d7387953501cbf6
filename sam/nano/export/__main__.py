"""`python -m sam.nano.export`."""

from .model import main

if __name__ == "__main__":
    main()
