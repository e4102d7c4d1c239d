"""`make bench`: speed, sizes, unit and call counts against their bars (docs/quality.md)."""

import sys

from tests.bench.bars import Bars
from tests.bench.bill import bills
from tests.bench.cold import cold_starts
from tests.bench.inheriting import inheritance
from tests.bench.leads import leads
from tests.bench.libraries import libraries
from tests.bench.queries import oracle, pages
from tests.bench.segments import segments
from tests.bench.sops import sops
from tests.bench.taps import taps
from tests.bench.units import units
from tests.bench.warm import acknowledgement, callback_crypto, dispatch
from tests.bench.welcome import cold_welcome

BARS = Bars("tests.bench")
BARS.measure("C1", "C2", "C3")(cold_starts)
BARS.measure("C6")(cold_welcome)
BARS.measure("U1", "U2", "U3", "U4", "U8", "U9", "U10")(units)
BARS.measure("SG")(segments)
BARS.measure("L1", "L2", "L3")(libraries)
BARS.measure("L4")(taps)
BARS.measure("LE1", "LE2")(leads)
BARS.measure("U5", "U6", "U7", "U13", "SOPT")(sops)
BARS.measure("U11")(inheritance)
BARS.measure("Q1")(oracle)
BARS.measure("Q2")(pages)
BARS.measure("U14")(bills)
BARS.measure("W1")(callback_crypto)
BARS.measure("W2")(dispatch)
BARS.measure("W3")(acknowledgement)

if __name__ == "__main__":
    sys.exit(BARS.main(sys.argv[1:]))
