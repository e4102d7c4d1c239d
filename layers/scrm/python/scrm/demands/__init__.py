"""Demands 服务信息: what a customer needs, in the words of the business, e.g. a position to fill (CUS-17)."""
