"""Meta's own answers, and one thread, as for the backends."""

from tests.sam.backends.conftest import full, meta, one_thread, small

__all__ = ["full", "meta", "one_thread", "small"]
