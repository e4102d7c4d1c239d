"""Leads 线索: from a signal to one accountable owner, to money, and back to the pool (spec 4)."""
