"""Photos in and files out: web addresses, examples, encoding, downloads."""
