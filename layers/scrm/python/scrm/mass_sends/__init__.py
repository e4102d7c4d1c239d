"""Mass sends 企业群发 of SOPs: gathered, asked of WeCom once, followed to their end (docs/decisions/0027)."""
