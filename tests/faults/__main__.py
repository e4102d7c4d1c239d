"""`make faults`: crashes, hostile input and a misbehaving WeCom against their bars (docs/quality.md)."""

import sys

from tests.bench.bars import Bars
from tests.faults.crashing import aborted
from tests.faults.dead import poisoned, redriven
from tests.faults.deliveries import callbacks
from tests.faults.fuzz import fuzzed
from tests.faults.healing import healed
from tests.faults.hostile import bombs, forged, replayed
from tests.faults.inheriting import inherited
from tests.faults.leads import guarantees
from tests.faults.limits import allowed, blocked
from tests.faults.outside import fetched
from tests.faults.sop_month import month
from tests.faults.tokens import ended_early, holder_killed, stampede
from tests.faults.troubles import misbehaving, throttled

BARS = Bars("tests.faults", parallel=2)
BARS.measure("R1")(callbacks)
BARS.measure("R2")(aborted)
BARS.measure("U12")(stampede)
BARS.measure("R6")(holder_killed)
BARS.measure("R7")(ended_early)
BARS.measure("R3")(misbehaving)
BARS.measure("R4")(allowed)
BARS.measure("R5")(blocked)
BARS.measure("R8")(throttled)
BARS.measure("R9")(poisoned)
BARS.measure("R10")(redriven)
BARS.measure("R13")(healed)
BARS.measure("LG")(guarantees)
BARS.measure("SM")(month)
BARS.measure("FI")(inherited)
BARS.measure("S1")(forged)
BARS.measure("S2")(replayed)
BARS.measure("S3")(bombs)
BARS.measure("S7")(fuzzed)
BARS.measure("S12")(fetched)

if __name__ == "__main__":
    sys.exit(BARS.main(sys.argv[1:]))
