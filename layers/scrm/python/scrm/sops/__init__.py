"""SOPs 作业流程: one content set, one clock and one progress bar for each customer (spec 3)."""
