"""Contacts of members' personal WeChat, and how many of them have come over to WeCom (IDN-20)."""
