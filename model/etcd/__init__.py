"""etcd: the multi-version store, and the servers that replicate it through Raft."""
