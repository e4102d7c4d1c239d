"""The product. Imported before everything else that a function imports."""

import gc

# Importing allocates a lot and leaves no garbage: looking for it in between costs a cold start up to a tenth
# (docs/decisions/0009-cold-start.md). No init makes a million objects; cycles are collected after it.
gc.set_threshold(1_000_000, 10, 10)


def initialised() -> None:
    """Called at the end of a function's init: what it made lives as long as the process.

    From here on collections pass it over, and so does the last one when the process ends.
    """
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
