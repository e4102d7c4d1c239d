"""Materials 素材: what is sent as it is, and the files it is made of."""
