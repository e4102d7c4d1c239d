"""Sends 发送: what the sidebar hands to the JS-SDK, its short links, and what became of it."""
