from tests.component.http_world import corp, wecom
from tests.component.integrations_api.test_integrations import crm

__all__ = ["corp", "crm", "wecom"]
