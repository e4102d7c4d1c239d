"""First answers in the volatile table."""

import json

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.http.idempotency import FirstAnswer
from scrm.table import VolatileRow


class AnswerRow(VolatileRow):
    """What was asked under an Idempotency-Key, and what was answered."""

    fingerprint = UnicodeAttribute()
    response = UnicodeAttribute(null=True)

    def entity(self) -> FirstAnswer:
        """Return the row as the edge knows it."""
        response = json.loads(self.response) if self.response else None
        return FirstAnswer(self.key, self.fingerprint, int(self.expires_at), response)


class DynamoFirstAnswers:
    """First answers, kept until they expire."""

    def claim(self, asked: FirstAnswer, now: int) -> FirstAnswer:
        """Keep `asked` unless its key is taken at `now`; return what stands under the key."""
        free = AnswerRow.key.does_not_exist() | (AnswerRow.expires_at <= now)
        row = AnswerRow(asked.key, fingerprint=asked.fingerprint, expires_at=asked.expires_at)
        try:
            row.save(condition=free)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return AnswerRow.get(asked.key, consistent_read=True).entity()
        return asked

    def record(self, answered: FirstAnswer) -> None:
        """Keep the answer under its key. Repeating is safe."""
        AnswerRow(
            answered.key,
            fingerprint=answered.fingerprint,
            expires_at=answered.expires_at,
            response=json.dumps(answered.response, ensure_ascii=False),
        ).save()
