"""Kubernetes objects, the API server as a pure function, and the client's view of it."""
