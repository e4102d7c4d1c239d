"""Pages for customers: dynamic codes 动态活码 and forms 表单."""
