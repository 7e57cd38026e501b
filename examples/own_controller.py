"""A controller of your own, with a bug. Put it into the tank with

    wavetank hunt --world kube --with examples/own_controller.py

It makes a ConfigMap for each Deployment that has none, with a generated name. Its cache may not
show yet the one that it has just made: then it makes another (the class of bug that Sieve calls
stale state).
"""

from collections.abc import Iterator

from invariants import always
from model.api.client import View, controller
from model.api.meta import controller_of
from model.api.objects import ConfigMap, ObjectMeta, OwnerReference
from model.api.requests import Create, Request
from model.control_plane.plane import ControlPlane
from wavetank.extensions import add_controller


def reconcile(view: View, key: str) -> Iterator[Request]:
    deployment = view.by_key("Deployment", key)
    if deployment is None:
        return
    owner = OwnerReference("Deployment", deployment.metadata.name, deployment.metadata.uid)
    if all(controller_of(note) != owner for note in view.list("ConfigMap")):
        metadata = ObjectMeta(generate_name="welcome-", owner_references=(owner,))
        yield Create(ConfigMap(metadata))


add_controller(controller("welcome-controller", "Deployment", reconcile, owns=("ConfigMap",)))


@always("kube", source="what we promised our users")
def one_note_a_deployment(plane: ControlPlane) -> Iterator[str]:
    """No Deployment has two notes."""
    owners = [controller_of(note) for note in plane.objects("ConfigMap")]
    for owner in owners:
        if owner is not None and owners.count(owner) > 1:
            yield f"{owner.kind} {owner.name} has {owners.count(owner)} notes"
