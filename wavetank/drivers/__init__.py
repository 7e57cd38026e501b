"""Drivers: who chooses the next action. One model, several drivers, one trace format."""
