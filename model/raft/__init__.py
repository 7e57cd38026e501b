"""Raft as etcd runs it: one node as pure functions, and the group of members with their disks.

Sources: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014);
Ongaro's dissertation (2014); etcd-io/raft (``raft.go``, ``doc.go``, ``design.md``).
"""
