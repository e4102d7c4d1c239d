"""The product. Imported before everything else that a function imports."""

import gc

# Importing allocates a lot and leaves no garbage: looking for it in between costs a cold start one part in
# twenty (docs/decisions/0009-cold-start.md). Cycles are still collected, later.
gc.set_threshold(50_000, 10, 10)


def initialised() -> None:
    """Called at the end of a function's init: what it made lives as long as the process.

    From here on collections pass it over, and so does the last one when the process ends.
    """
    gc.freeze()
