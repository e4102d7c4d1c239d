"""An in-memory DynamoDB, fast enough to run 100,000 deliveries through the real handlers."""

from tests.doubles.dynamodb.store import WRITES, Store, Use
from tests.doubles.dynamodb.tables import Schema, schemas_of_template, template
from tests.doubles.dynamodb.values import Refused

__all__ = ["WRITES", "Refused", "Schema", "Store", "Use", "schemas_of_template", "template"]
