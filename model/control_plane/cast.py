"""Who plays: the controllers by process name, and how their writes reach the store.

Rules of this file: functions live here, values in the world. A kubelet's name says its node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from model.api.client import Controller
from model.control_plane.kubectl import kubectl
from model.control_plane.plane import KUBECTL, ControlPlane
from model.control_plane.processes import send
from model.kubelet.kubelet import kubelet
from model.world import Transition

__all__ = ["Cast", "Send"]

Send = Callable[[ControlPlane, Controller, bool], Transition[ControlPlane]]


class Cast:
    """Finds the controller of a process. The kubelets are made when first asked for.

    ``send(plane, controller, answered)`` has the API server handle a process's next write: over
    the atomic store (``processes.send``) or over etcd (``over_etcd.send_to_etcd``).
    """

    def __init__(self, controllers: Iterable[Controller], send: Send = send) -> None:
        self.controllers = tuple(controllers)
        self.send = send
        self._by_name = {each.name: each for each in (*self.controllers, kubectl())}
        if len(self._by_name) != len(self.controllers) + 1:
            raise ValueError(f"two controllers have one name: {sorted(self._by_name)}")

    def __getitem__(self, name: str) -> Controller:
        """The controller that runs as the process ``name``."""
        found = self._by_name.get(name)
        if found is None:
            found = self._by_name[name] = kubelet(name.removeprefix("kubelet-"))
        return found

    def playing(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The processes of a world: the controllers named (all when none is), then kubectl.

        Raises ``KeyError`` with the name that there is no controller of.
        """
        known = [each.name for each in self.controllers]
        for name in names:
            if name not in known:
                raise KeyError(f"no controller {name!r}; there are: {', '.join(known)}")
        return (*(name for name in known if not names or name in names), KUBECTL)
