"""Intention rules 意向规则: what customers do says how much they mean it (CUS-11)."""
