"""Methods that need no weights, measured beside the models."""
