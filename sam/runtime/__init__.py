"""Where and how models run: device, ZeroGPU, memory, caches, processes of their own."""
