"""State traces of etcd's Raft library, held against the model (etcd-io/raft ``state_trace.go``)."""
