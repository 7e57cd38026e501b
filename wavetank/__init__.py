"""The tank: everything that drives, records, explores and shows the model."""
