"""Visits 拜访: planned, reminded of, and checked in at a place."""
