"""One visitor's photo and objects, kept on the server while they work."""
