"""Measure models by published protocols on COCO-format folders, beside methods that need no weights."""
