"""`make faults`: crashes, hostile input and a misbehaving WeCom against their bars (docs/quality.md)."""

import sys

from tests.bench.bars import Bars
from tests.faults.crashing import aborted
from tests.faults.hostile import bombs, forged, replayed

BARS = Bars("tests.faults", parallel=2)
BARS.measure("R2")(aborted)
BARS.measure("S1")(forged)
BARS.measure("S2")(replayed)
BARS.measure("S3")(bombs)

if __name__ == "__main__":
    sys.exit(BARS.main(sys.argv[1:]))
