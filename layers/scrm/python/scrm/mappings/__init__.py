"""Mappings 字段映射: how a foreign system's payload reads as rows of our own feeds (spec INT-03)."""
