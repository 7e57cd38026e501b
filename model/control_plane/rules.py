"""All kinds of action of the control plane, whichever store is below."""

from __future__ import annotations

from model.control_plane.cast import Cast
from model.control_plane.containers import container_rules
from model.control_plane.failures import failure_rules
from model.control_plane.plane import ControlPlane
from model.control_plane.users import user_rules
from model.control_plane.work import work_rules
from model.world import Rule

__all__ = ["plane_rules"]


def plane_rules(cast: Cast) -> tuple[Rule[ControlPlane], ...]:
    """Ordinary work, what containers do, what users ask for, what goes wrong."""
    return (*work_rules(cast), *container_rules(), *user_rules(cast), *failure_rules(cast))
