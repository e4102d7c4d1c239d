from tests.component.conftest import at, aws, forgetful, parameters, queues, tables
from tests.component.http_world import corp, wecom

__all__ = ["at", "aws", "corp", "forgetful", "parameters", "queues", "tables", "wecom"]
