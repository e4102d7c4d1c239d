"""A simulated WeCom for one corp: REST API, real callbacks, and people who act on request.

As a process: `python -m wecom_simulator`. In tests: `Simulator`, and `wecom_simulator.transport` for httpx.
Described in docs/simulator.md.
"""

from .errors import NoAnswer
from .sealing import Seal, Sealed
from .simulator import Simulator

__all__ = ["NoAnswer", "Seal", "Sealed", "Simulator"]
