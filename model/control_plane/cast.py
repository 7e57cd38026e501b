"""Who plays: the controllers by process name.

Rules of this file: functions live here, values in the world. A kubelet's name says its node.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.api.client import Controller
from model.control_plane.kubectl import kubectl
from model.control_plane.plane import KUBECTL
from model.kubelet.kubelet import kubelet

__all__ = ["Cast"]


class Cast:
    """Finds the controller of a process. The kubelets are made when first asked for."""

    def __init__(self, controllers: Iterable[Controller]) -> None:
        self.controllers = tuple(controllers)
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
