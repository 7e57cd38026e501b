"""Reads ordinary Kubernetes manifests and cluster dumps into objects of the model."""

from wavetank.manifests.read import Manifests, read_manifests

__all__ = ["Manifests", "read_manifests"]
