"""Fixtures of the tests of attribution: a corp that other systems feed, and its stream."""

from tests.component.console import ask
from tests.component.http_world import corp, wecom
from tests.component.integrations_api.conftest import feed, follow

__all__ = ["ask", "corp", "feed", "follow", "wecom"]
