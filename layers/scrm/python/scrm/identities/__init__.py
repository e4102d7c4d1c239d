"""Identities 客户ID: which customer a phone, unionid, crmid or other value belongs to."""
