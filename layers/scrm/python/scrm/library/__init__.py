"""Libraries 内容库: groups, items, who may see them, their order, their catalogue (docs/decisions/0020)."""
