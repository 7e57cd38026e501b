"""Holding the model against recordings and peers' own test suites, case by case."""
