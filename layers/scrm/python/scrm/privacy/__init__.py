"""Privacy 个人信息保护: consent, access, erasure and retention (docs/operations/privacy.md)."""
