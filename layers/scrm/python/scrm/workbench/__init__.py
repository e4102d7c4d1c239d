"""The workbench 工作台: what a member of staff has to do and whom they look after."""
