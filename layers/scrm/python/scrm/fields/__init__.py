"""Custom fields 自定义字段: what each is called, holds and who may see it (spec CUS-13)."""
