from tests.component.http_world import wecom

__all__ = ["wecom"]
