"""Addresses that people give us and that we call: only public ones, checked where we connect (bar S12)."""
