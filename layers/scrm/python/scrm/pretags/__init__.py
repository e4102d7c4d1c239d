"""Tags that wait for whoever has a phone or a unionid (pre-tagging 预打标签)."""
