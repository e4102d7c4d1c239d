from tests.component.http_world import corp, wecom

__all__ = ["corp", "wecom"]
