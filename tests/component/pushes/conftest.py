from tests.component.console import ask
from tests.component.http_world import corp, wecom
from tests.component.integrations_api.conftest import follow
from tests.component.products.conftest import run_jobs

__all__ = ["ask", "corp", "follow", "run_jobs", "wecom"]
