"""Segments 客户分层: who belongs together, by a condition, by hand, or as another system says (spec SEG)."""
