"""The EndpointSlice controller: the pods behind each Service, and which of them are ready.

Models ``staging/src/k8s.io/endpointslice`` (``podToEndpoint``). One slice a Service, named like it;
splitting into slices of a hundred is left out.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.client import Controller, Reconciled, View, WatchEvent
from model.api.meta import ObjectMeta, OwnerReference, controller_of, is_deleting, key_of
from model.api.pod import Pod, is_terminal
from model.api.requests import Create, Delete
from model.api.service import Endpoint, EndpointSlice, Service
from model.frozen_map import FrozenMap

__all__ = ["ENDPOINTS", "endpoint_of", "selected"]


def selected(service: Service, pod: Pod) -> bool:
    """Whether the Service selects the pod; one without a selector selects nothing."""
    wanted = service.spec.selector
    return (
        bool(wanted)
        and service.metadata.namespace == pod.metadata.namespace
        and all(pod.metadata.labels.get(key) == value for key, value in wanted.items())
    )


def endpoint_of(service: Service, pod: Pod) -> Endpoint | None:
    """The pod as an endpoint; None without an address, or when it has ended."""
    if not pod.status.pod_ip or is_terminal(pod):
        return None
    serving, terminating = pod.status.ready, is_deleting(pod)
    ready = service.spec.publish_not_ready_addresses or (serving and not terminating)
    return Endpoint(
        address=pod.status.pod_ip,
        pod=pod.metadata.name,
        pod_uid=pod.metadata.uid,
        node_name=pod.spec.node_name,
        ready=ready,
        serving=serving,
        terminating=terminating,
    )


def endpoints_of(service: Service, pods: tuple[Pod, ...]) -> tuple[Endpoint, ...]:
    """All endpoints of the Service among these pods, in the order of the pods."""
    found = (endpoint_of(service, pod) for pod in pods if selected(service, pod))
    return tuple(endpoint for endpoint in found if endpoint is not None)


def _reconcile(view: View, memory: Any, key: str, now: int) -> Reconciled:
    service: Service | None = view.by_key("Service", key)
    slice_: EndpointSlice | None = view.by_key("EndpointSlice", key)
    if service is None:
        if slice_ is None:
            return Reconciled()
        return Reconciled((Delete("EndpointSlice", key, uid=slice_.metadata.uid),))
    endpoints = endpoints_of(service, view.list("Pod", service.metadata.namespace))
    if slice_ is None:
        meta = service.metadata
        owner = OwnerReference("Service", meta.name, meta.uid)
        metadata = ObjectMeta(
            name=meta.name,
            namespace=meta.namespace,
            labels=FrozenMap({"kubernetes.io/service-name": meta.name}),
            owner_references=(owner,),
        )
        return Reconciled((Create(EndpointSlice(metadata, endpoints, service.spec.ports)),))
    owner_now = controller_of(slice_)
    if owner_now is not None and owner_now.uid != service.metadata.uid:
        return Reconciled((Delete("EndpointSlice", key, uid=slice_.metadata.uid),))
    if slice_.endpoints == endpoints:
        return Reconciled()
    return Reconciled((view.update(evolve(slice_, endpoints=endpoints)),))


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    if event.kind in ("Service", "EndpointSlice"):
        return (event.key,)
    pods = [pod for pod in (event.obj, event.old) if pod is not None]
    return tuple(
        key_of(service)
        for service in view.list("Service")
        if any(selected(service, pod) for pod in pods)
    )


ENDPOINTS = Controller(
    name="endpointslice-controller",
    watches=("Service", "EndpointSlice", "Pod"),
    reconcile=_reconcile,
    keys=_keys,
)
