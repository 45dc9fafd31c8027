"""Meeting rotas: as many compatible meetings as the rounds allow, provably, with waiting spread evenly."""

from pairsolve.rota.engine import plan_rota

__all__ = ["plan_rota"]
