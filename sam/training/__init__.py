"""Training of the embedded model from COCO-format folders; needs torch."""
