"""How good a model is: published protocols on COCO-format folders, beside methods that need no weights."""
