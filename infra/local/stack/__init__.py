"""The local stack: an AWS engine, a WeCom simulator and the bundle deployed on them."""
