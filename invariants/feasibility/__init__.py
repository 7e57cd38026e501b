"""Can these pods be placed on these nodes, and if not, why not? z3 decides, a checker checks."""

from invariants.feasibility.problem import PodGroup, Problem, problem_of
from invariants.feasibility.solve import Feasible, Infeasible, Undecided, feasible

__all__ = [
    "Feasible",
    "Infeasible",
    "PodGroup",
    "Problem",
    "Undecided",
    "feasible",
    "problem_of",
]
