"""Inheritance 客户继承: customers move to other members without being lost (spec 5)."""
