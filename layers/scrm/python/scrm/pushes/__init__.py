"""Pushes 推送: asking staff to send something to customers; nothing goes out by itself (spec OAE-10)."""
