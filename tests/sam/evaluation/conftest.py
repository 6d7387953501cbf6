"""The drawn COCO folder of the training tests."""

from ..training.conftest import data

__all__ = ["data"]
