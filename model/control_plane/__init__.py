"""The actors around the API server: processes with lagging informers, kubelets, users."""
