"""Customers 客户, their contacts and their follow relations 跟进关系 with staff."""
