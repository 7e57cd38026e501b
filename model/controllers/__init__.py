"""The controllers: one file each, each a pure reconcile over what its informers show."""
