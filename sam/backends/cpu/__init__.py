"""SAM's encoder and decoder on a CPU, in an order of sums of our own."""
