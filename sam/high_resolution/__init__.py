"""Large photos: tiles, and outlines read again at full resolution."""
