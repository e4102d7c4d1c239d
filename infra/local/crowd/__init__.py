"""A crowd 人群 of made-up customers, for trying what takes long: `make crowd`, and `make bench` in memory."""
