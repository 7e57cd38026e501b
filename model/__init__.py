"""What the system does: pure values and functions, no I/O, no clock, no randomness."""
