"""Fixtures of the stages' tests."""

from tests.component.console import ask, corp, wecom

__all__ = ["ask", "corp", "wecom"]
