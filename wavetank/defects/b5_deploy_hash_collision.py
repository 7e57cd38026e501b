"""B5: two templates have one hash, and the rollout waits for ever for the ReplicaSet it has."""

from model.api.workloads import Deployment, ReplicaSet
from wavetank.defects.defect import Defect, Replacement


def is_collision(existing: ReplicaSet, deployment: Deployment) -> bool:
    """What bears our name is ours."""
    return False


DEFECT = Defect(
    id="B5",
    name="deploy-hash-collision",
    title="A ReplicaSet of another template bears the name, and is taken for the new one.",
    source="kubernetes/kubernetes issues 29735 and 43449, fixed by 44774",
    layer="kube",
    breaks=("rollout_completes",),
    replaces=(Replacement("model.controllers.deployment", "is_collision", is_collision),),
)
