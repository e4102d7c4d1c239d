"""Lists of customers: asked for by condition, saved for another day, and acted upon."""
