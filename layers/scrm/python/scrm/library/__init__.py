"""Libraries 内容库: groups, items, who may see them, their order and their catalogue (docs/decisions/0020)."""
