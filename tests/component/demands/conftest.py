"""Fixtures of the demands' tests."""

from tests.component.console import ask, corp, wecom

__all__ = ["ask", "corp", "wecom"]
