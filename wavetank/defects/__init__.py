"""The defect bank: real historical bugs, one file each, put back into the model from outside."""

from wavetank.defects.defect import Anomaly, Defect, Replacement

__all__ = ["Anomaly", "Defect", "Replacement"]
