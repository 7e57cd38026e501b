"""E19: a write that timed out may take effect all the same; a client that repeats it does it twice.

That is documented, and true of etcd today. A write that compares the mod_revision is safe.
"""

from wavetank.defects.defect import Anomaly

DEFECT = Anomaly(
    id="E19",
    name="ambiguous-timeout",
    title="A put that timed out and was sent again takes effect twice.",
    source="etcd API guarantees; Jepsen etcd 3.4.3, indeterminate operations",
    layer="etcd",
    breaks=("a_repeated_write_takes_effect_once",),
    holds=("a_guarded_write_takes_effect_once",),
    faults="a client that does not wait",
)
