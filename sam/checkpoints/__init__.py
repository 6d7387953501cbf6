"""Weight files: located, recognised by their content, converted, and loaded into networks."""
