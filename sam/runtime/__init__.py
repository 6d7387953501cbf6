"""What models run on: devices, memory, caches, other processes."""
