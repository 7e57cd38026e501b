"""The kubelet: what a node runs, and how it tells the API."""
