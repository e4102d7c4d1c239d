"""Outgoing events 出站事件: what other systems are told as it happens (spec INT-04)."""
