"""Stages 阶段: how far a customer has come, by evidence."""
