"""bb shifts, against a real server."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

from tests.client.conftest import Bb, ServedLab, Somebody

from benchbook_client import exit_codes


def hired(lab: ServedLab, person_id: str | None, name: str) -> str:
    body = {"first_name": "Ada", "last_name": name, "address": f"Street {os.urandom(6).hex()}"}
    with lab.owner.client() as client:
        made = client.request("POST", "/employees", dict, body=body | {"person_id": person_id})
    return str(made.data["id"])


def planned(lab: ServedLab, employee_id: str, day: datetime, position: str) -> str:
    times = {"starts_at": day.isoformat(), "ends_at": (day + timedelta(hours=8)).isoformat()}
    body = {"employee_id": employee_id, "position": position} | times
    with lab.owner.client() as client:
        return str(client.request("POST", "/shifts", dict, body=body).data["id"])


def test_whoever_is_no_employee_is_shown_everybodys_shifts(
    as_ada: Somebody, bb: Bb, served_lab: ServedLab
):
    other = hired(served_lab, None, "Other")
    theirs = planned(served_lab, other, datetime.now(UTC) + timedelta(days=2), "Desk")
    for listed in (bb("shifts"), bb("shifts", "--json")):
        assert listed.exit_code == exit_codes.DONE
        assert theirs in listed.out
        assert "no employee" in listed.err


def test_ones_own_shifts_are_listed_and_others_on_demand(
    as_ada: Somebody, bb: Bb, served_lab: ServedLab
):
    with as_ada.client() as client:
        me = client.me().data.person.id
    name = f"Lovelace {os.urandom(4).hex()}"
    ada, other = hired(served_lab, me, name), hired(served_lab, None, "Other")
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    soon = planned(served_lab, ada, noon + timedelta(days=3), "Bench\x1b[31m")
    late = planned(served_lab, ada, noon + timedelta(days=40), "Bench")
    theirs = planned(served_lab, other, noon + timedelta(days=3), "Desk")
    listed = bb("shifts")
    assert listed.exit_code == exit_codes.DONE
    [line] = listed.out.splitlines()
    cells = line.split("\t")
    assert (cells[0], cells[3], cells[4]) == (soon, "Bench [31m", f"Ada {name}")
    assert datetime.fromisoformat(cells[1]) == noon + timedelta(days=3)
    day = (noon + timedelta(days=40)).date().isoformat()
    later = bb("shifts", "--from", day, "--to", day, "--json")
    assert [item["id"] for item in json.loads(later.out)["items"]] == [late]
    everybody = bb("shifts", "--everybody")
    assert {line.split("\t")[0] for line in everybody.out.splitlines()} >= {soon, theirs}
    assert everybody.err == ""
    wrong = bb("shifts", "--from", "no day at all")
    assert wrong.exit_code == exit_codes.USAGE
    assert "--from" in wrong.err
