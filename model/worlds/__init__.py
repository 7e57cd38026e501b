"""Whole systems: the layers, each composed of the rooms of the model, ready for the tank."""
