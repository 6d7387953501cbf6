"""Image encoders that transformers lacks."""
