"""An invariant of your own: wavetank hunt --world raft --with examples/own_invariant.py"""

from collections.abc import Iterator

from invariants import always
from model.raft.group import RaftGroup


@always("raft", source="our operations handbook, page 3")
def terms_stay_small(group: RaftGroup) -> Iterator[str]:
    """No member ever gets beyond term 3."""
    for member in group.members:
        node = group.node(member)
        if node is not None and node.term > 3:
            yield f"member {member} is in term {node.term}"
