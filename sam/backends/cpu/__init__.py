"""SAM's encoder and decoder on a CPU, with the operations reordered for speed."""
