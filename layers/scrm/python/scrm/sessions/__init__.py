"""Sessions 登录: who is there, proven by WeCom, for how long."""
