"""Putting tags on many relations: at somebody's request, or by rule."""
