"""The page of a counterexample: one HTML file that opens from disk, without a network."""
