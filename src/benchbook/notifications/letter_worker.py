"""The worker of letters: gathers news into letters and sends what is due.

A letter is sent at least once: should the server end after the mail server has taken one and before
that is noted, it goes out again, under the same Message-ID.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from benchbook.accounts.audit import record_event
from benchbook.accounts.caller import Caller
from benchbook.accounts.rules import unseal_invitation
from benchbook.accounts.store import server_secret
from benchbook.notifications import letter_store as store
from benchbook.notifications.letter_store import WaitingLetter
from benchbook.notifications.letters import (
    RETRIES,
    Recipient,
    invitation_letter,
    news_letter,
    profile_address,
)
from benchbook.platform.database import Database, Transaction
from benchbook.platform.logs import get_logger
from benchbook.platform.mail import TIMEOUT_SECONDS, Mailer, NotSent
from benchbook.platform.metrics import LETTERS
from benchbook.platform.queue_worker import QueueWorker, WholeOrganisation

AT_ONCE = 4
# Longer than an attempt can take, its bookkeeping included.
LEASE = timedelta(seconds=TIMEOUT_SECONDS + 30)
# News that never ends is told after so many times the quiet that it is waited for.
_LONGEST_WAIT = 10


class LetterWorker(QueueWorker):
    """Takes what is due and sends it; ``run`` until it is cancelled, then ``close``."""

    at_once = AT_ONCE

    def __init__(
        self, database: Database, mailer: Mailer, public_url: str, gather_seconds: int
    ) -> None:
        super().__init__(database)
        self._mailer = mailer
        self._public_url = public_url
        self._quiet = timedelta(seconds=gather_seconds)

    async def claim(self, connection: Transaction, most: int) -> list[tuple[UUID, UUID]]:
        await store.form_letters(connection, self._quiet, self._quiet * _LONGEST_WAIT)
        return await store.claim_letters(connection, most, LEASE)

    def note_failure(self, error: BaseException) -> None:
        get_logger().warning("letters_not_sent", cause=type(error).__name__)

    async def handle(self, organisation_id: UUID, claimed_id: UUID) -> None:
        context = WholeOrganisation(organisation_id)
        async with self._database.transaction(context) as tx:
            waiting = await store.find_letter(tx, organisation_id, claimed_id)
            if waiting is None:
                return
            if not waiting.is_wanted:
                await store.settle_letter(tx, organisation_id, claimed_id, "dropped")
                return
            key = await server_secret(tx, "letters")
        try:
            await self._send(waiting, key)
        except NotSent as error:
            LETTERS.labels("failed").inc()
            async with self._database.transaction(context) as tx:
                await _put_off_or_give_up(tx, organisation_id, waiting, error)
            return
        LETTERS.labels("sent").inc()
        async with self._database.transaction(context) as tx:
            await store.settle_letter(tx, organisation_id, claimed_id, "sent")

    async def _send(self, waiting: WaitingLetter, key: bytes) -> None:
        to = Recipient(
            waiting.name, waiting.email, waiting.time_zone, waiting.organisation, self._public_url
        )
        headers = {}
        if waiting.sealed_secret is not None:
            letter = invitation_letter(
                to, unseal_invitation(waiting.sealed_secret, key, waiting.letter_id)
            )
        else:
            letter = news_letter(to, waiting.news)
            headers["List-Unsubscribe"] = f"<{profile_address(self._public_url)}>"
        message = self._mailer.compose(letter, str(waiting.letter_id), datetime.now(UTC), headers)
        await self._mailer.send(message)


async def _put_off_or_give_up(
    tx: Transaction, organisation_id: UUID, waiting: WaitingLetter, error: NotSent
) -> None:
    again_at = None
    if not error.is_final:
        again_at = RETRIES.next_attempt(waiting.attempts, datetime.now(UTC), random.random())  # noqa: S311  # jitter is no secret
    get_logger().warning(
        "letter_not_sent",
        letter_id=str(waiting.letter_id),
        attempts=waiting.attempts,
        cause=error.reason,
        given_up=again_at is None,
    )
    if again_at:
        await store.put_letter_off(tx, organisation_id, waiting.letter_id, again_at, error.reason)
        return
    await store.settle_letter(tx, organisation_id, waiting.letter_id, "failed", error.reason)
    receiver = Caller(organisation_id, waiting.person_id, "member", None)
    await record_event(
        tx,
        receiver,
        "email.given_up",
        "person",
        waiting.person_id,
        reason=error.reason,
        by="Benchbook",
    )
