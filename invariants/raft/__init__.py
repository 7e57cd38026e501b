"""What must hold of a group of Raft members, one room a subject.

Sources: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014), figure
3; Ongaro's dissertation (2014); etcd-io/raft ``tla/etcdraft.tla``.

Rules of these rooms: quorums are counted here by their definition (``majorities.py``), not by the
model's own functions, which may be what is wrong. ``always`` and ``transition`` invariants compare
only members that changed; "across time" is for the monitors.
"""
