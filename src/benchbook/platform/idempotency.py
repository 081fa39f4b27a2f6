"""Idempotency-Key: a POST that is sent again is answered again, and done once.

The key is claimed and the answer kept in the transaction that does the work: either all three are
there or none, whatever is killed in between, and of two requests at the same instant the second
waits for the first. Successful answers are kept for 24 hours; a request that failed changed
nothing and may be sent again. Neither key nor answer can be read from the table: rows are found
by the key's hash, and answers (which may hold a fresh API token) are encrypted with a key that is
derived from it.
"""

from __future__ import annotations

import hashlib
import os

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchbook.platform.database import Context, Transaction, one_row
from benchbook.platform.problems import IdempotencyKeyReused, InvalidInput

LONGEST_KEY = 255
_NONCE_BYTES = 12


class Answer(msgspec.Struct, frozen=True):
    """An answer as it goes over the wire."""

    status_code: int
    content: bytes
    headers: dict[str, str]


class IdempotencyKey:
    """One use of a key: who sent it, and with what request."""

    def __init__(self, key: str, request_hash: bytes) -> None:
        """``request_hash`` identifies method, path and body.

        Raises InvalidInput for a key that is empty, too long or not printable ASCII.
        """
        if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise InvalidInput(
                f"Idempotency-Key takes 1 to {LONGEST_KEY} printable ASCII characters, "
                "such as a UUID."
            )
        self._hash = hashlib.sha256(b"find:" + key.encode()).digest()
        self._cipher = AESGCM(hashlib.sha256(b"seal:" + key.encode()).digest())
        self._request_hash = request_hash

    async def claim(self, tx: Transaction, context: Context) -> Answer | None:
        """Claim the key for this transaction; the kept answer if it was used before.

        Raises IdempotencyKeyReused when it was used for another request.
        """
        claimed = await tx.fetchval(
            """
            INSERT INTO idempotent_answers AS kept (organisation_id, person_id, key_hash, request_hash)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT ON CONSTRAINT idempotent_answers_pkey DO UPDATE
              SET request_hash = EXCLUDED.request_hash, status_code = NULL, answer = NULL, created_at = now()
              WHERE kept.created_at < now() - interval '24 hours'
            RETURNING true
            """,
            context.organisation_id,
            context.person_id,
            self._hash,
            self._request_hash,
        )
        if claimed:
            return None
        row = await one_row(
            tx,
            """
            SELECT request_hash, answer
            FROM idempotent_answers
            WHERE organisation_id = $1 AND person_id = $2 AND key_hash = $3
            """,
            context.organisation_id,
            context.person_id,
            self._hash,
        )
        if row["request_hash"] != self._request_hash:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used for another request within the last 24 hours. "
                "Take a new key for a new request."
            )
        sealed: bytes = row["answer"]
        opened = self._cipher.decrypt(
            sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._request_hash
        )
        return msgspec.msgpack.decode(opened, type=Answer)

    async def keep(self, tx: Transaction, context: Context, answer: Answer) -> None:
        """Keep the answer to the claimed request."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(
            nonce, msgspec.msgpack.encode(answer), self._request_hash
        )
        await tx.execute(
            """
            UPDATE idempotent_answers
            SET status_code = $4, answer = $5
            WHERE organisation_id = $1 AND person_id = $2 AND key_hash = $3
            """,
            context.organisation_id,
            context.person_id,
            self._hash,
            answer.status_code,
            sealed,
        )
