"""Photos in and files out: web addresses, examples, encodings, downloads."""
