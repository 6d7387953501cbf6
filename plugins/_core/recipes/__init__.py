"""Recipes: chains of tools as files, on the command line and over many photos."""
