"""Two labs that the contract's tests share: one's own, and another that must not be reachable."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from tests.conftest import PASSWORD, Lab, client

from benchbook.accounts.commands import create_organisation_with_owner, create_token_for
from benchbook.platform.database import Database

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
async def make_lasting_lab(
    transport: httpx.ASGITransport, database: Database, owner_database: Database
) -> AsyncIterator[Callable[..., Any]]:
    """Makes labs that live as long as the worker."""
    async with AsyncExitStack() as stack:

        async def make() -> Lab:
            name = f"Contract {next(_numbers)} of {os.getpid()}"
            email = f"contract{next(_numbers)}@example.org"
            organisation_id = await create_organisation_with_owner(
                database, name, "Olga Owner", email, PASSWORD, "UTC"
            )
            token = await create_token_for(
                owner_database, database, email, str(organisation_id), "tests", None
            )
            owner = await stack.enter_async_context(client(transport, token))
            return Lab(
                transport, database, owner_database, name, str(organisation_id), email, owner, stack
            )

        yield make


@pytest.fixture(scope="session")
async def home(make_lasting_lab: Callable[..., Any]) -> Lab:
    """The lab whose owner asks."""
    made: Lab = await make_lasting_lab()
    return made


@pytest.fixture(scope="session")
async def elsewhere(make_lasting_lab: Callable[..., Any]) -> Lab:
    """Another lab, whose data the first must not reach."""
    made: Lab = await make_lasting_lab()
    return made
