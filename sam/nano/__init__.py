"""The embedded model: a small promptable segmenter, trained from scratch, shipped in the tree."""
