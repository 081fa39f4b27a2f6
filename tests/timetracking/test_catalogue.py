"""Clients, projects and tags."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.conftest import Lab

from benchbook.platform.database import Database
from benchbook.timetracking import tag_store


async def add_project(lab: Lab, **fields: object) -> dict[str, object]:
    answer = await lab.owner.post("/projects", json={"name": "Reef survey", **fields})
    assert answer.status_code == 201, answer.text
    project: dict[str, object] = answer.json()
    return project


def session(**fields: object) -> dict[str, object]:
    return {"name": "PCR", "started_at": "2026-03-02T09:00:00Z", "duration": "1h", **fields}


async def test_project_is_kept_for_its_client(lab: Lab):
    client = (await lab.owner.post("/clients", json={"name": "Marine institute"})).json()
    project = await add_project(lab, client_id=client["id"], colour="#1C7ED6", billable=True)
    read = await lab.owner.get(f"/projects/{project['id']}")
    assert read.json() == project
    assert (project["client_id"], project["colour"]) == (client["id"], "#1c7ed6")
    assert read.headers["etag"]


async def test_session_of_a_billable_project_is_billable_unless_it_says(lab: Lab):
    project = await add_project(lab, billable=True)
    first = await lab.owner.post("/sessions", json=session(project_id=project["id"]))
    second = await lab.owner.post(
        "/sessions", json=session(project_id=project["id"], billable=False)
    )
    started = await lab.owner.post("/timer/start", json={"project_id": project["id"]})
    assert first.json()["billable"] is True
    assert second.json()["billable"] is False
    assert started.json()["running"]["billable"] is True


async def test_name_is_used_once(lab: Lab):
    await add_project(lab)
    again = await lab.owner.post("/projects", json={"name": "Reef survey"})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    assert again.json()["errors"][0]["pointer"] == "/name"


async def test_client_of_another_organisation_does_not_exist(
    lab: Lab, make_lab: Callable[[], Awaitable[Lab]]
):
    other = await make_lab()
    client = (await other.owner.post("/clients", json={"name": "Theirs"})).json()
    answer = await lab.owner.post("/projects", json={"name": "X", "client_id": client["id"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "client_not_found")


async def test_project_in_use_is_archived_and_not_lost(lab: Lab):
    project = await add_project(lab)
    saved = (await lab.owner.post("/sessions", json=session(project_id=project["id"]))).json()
    assert (await lab.owner.delete(f"/projects/{project['id']}")).status_code == 204
    assert (await lab.owner.get(f"/projects/{project['id']}")).json()["archived"] is True
    assert (await lab.owner.get(f"/sessions/{saved['id']}")).json()["project_id"] == project["id"]
    assert (await lab.owner.get("/projects?archived=false")).json()["items"] == []
    back = await lab.owner.patch(f"/projects/{project['id']}", json={"archived": False})
    assert back.json()["archived"] is False


async def test_unused_project_is_deleted(lab: Lab):
    project = await add_project(lab)
    assert (await lab.owner.delete(f"/projects/{project['id']}")).status_code == 204
    assert (await lab.owner.get(f"/projects/{project['id']}")).status_code == 404


async def test_members_read_projects_and_managers_write_them(lab: Lab):
    member, manager = await lab.person("member"), await lab.person("manager")
    project = await add_project(lab)
    assert (await member.get("/projects")).json()["items"] == [project]
    assert (await member.post("/projects", json={"name": "Mine"})).status_code == 403
    changed = await manager.patch(f"/projects/{project['id']}", json={"name": "Reefs"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Reefs")


async def test_tags_that_sessions_name_are_made(lab: Lab):
    await lab.owner.post("/sessions", json=session(tags=["pcr", "bench", "pcr"]))
    tags = (await lab.owner.get("/tags")).json()["items"]
    assert [tag["name"] for tag in tags] == ["bench", "pcr"]


async def test_renamed_tag_is_renamed_in_sessions(lab: Lab):
    saved = (await lab.owner.post("/sessions", json=session(tags=["pcr", "bench"]))).json()
    await lab.owner.post("/timer/start", json={"tags": ["pcr"]})
    [tag] = [t for t in (await lab.owner.get("/tags")).json()["items"] if t["name"] == "pcr"]
    await lab.owner.patch(f"/tags/{tag['id']}", json={"name": "qPCR"})
    assert (await lab.owner.get(f"/sessions/{saved['id']}")).json()["tags"] == ["qPCR", "bench"]
    assert (await lab.owner.get("/timer")).json()["running"]["tags"] == ["qPCR"]


async def test_deleted_tag_is_taken_from_sessions(lab: Lab):
    saved = (await lab.owner.post("/sessions", json=session(tags=["pcr", "bench"]))).json()
    [tag] = [t for t in (await lab.owner.get("/tags")).json()["items"] if t["name"] == "pcr"]
    assert (await lab.owner.delete(f"/tags/{tag['id']}")).status_code == 204
    assert (await lab.owner.get(f"/sessions/{saved['id']}")).json()["tags"] == ["bench"]


async def tag_named(lab: Lab, name: str) -> str:
    [tag] = [t for t in (await lab.owner.get("/tags")).json()["items"] if t["name"] == name]
    return str(tag["id"])


async def tags_of(lab: Lab, saved: dict[str, object]) -> list[str]:
    tags: list[str] = (await lab.owner.get(f"/sessions/{saved['id']}")).json()["tags"]
    return tags


async def test_deleted_tag_comes_back_at_its_place(lab: Lab):
    tagged = [
        (await lab.owner.post("/sessions", json=session(tags=tags))).json()
        for tags in (["bench", "pcr", "gel"], ["pcr"], ["gel"])
    ]
    running = (await lab.owner.post("/timer/start", json={"tags": ["pcr", "gel"]})).json()
    pcr = await tag_named(lab, "pcr")
    await lab.owner.delete(f"/tags/{pcr}")
    # What ran is saved in the meantime, and has another tag by then.
    await lab.owner.post("/timer/stop")
    await lab.owner.patch(f"/sessions/{running['running']['id']}", json={"tags": ["gel", "desk"]})
    answer = await lab.owner.post(f"/tags/{pcr}/restore")
    assert (answer.status_code, answer.json()["id"], answer.json()["name"]) == (200, pcr, "pcr")
    assert [await tags_of(lab, one) for one in (*tagged, running["running"])] == [
        ["bench", "pcr", "gel"], ["pcr"], ["gel"], ["pcr", "gel", "desk"],
    ]  # fmt: skip
    again = await lab.owner.post(f"/tags/{pcr}/restore")
    assert (again.status_code, again.json()) == (200, answer.json())


async def test_merged_tag_is_replaced_and_comes_back(lab: Lab):
    tagged = [
        (await lab.owner.post("/sessions", json=session(tags=tags))).json()
        for tags in (["pcr", "gel"], ["gel", "PCR", "pcr"], ["PCR"])
    ]
    pcr, loud = await tag_named(lab, "pcr"), await tag_named(lab, "PCR")
    answer = await lab.owner.post(f"/tags/{loud}/merge", json={"into": pcr})
    assert (answer.status_code, answer.json()["id"]) == (200, pcr)
    assert [await tags_of(lab, one) for one in tagged] == [["pcr", "gel"], ["gel", "pcr"], ["pcr"]]
    assert (await lab.owner.get(f"/tags/{loud}")).status_code == 404
    await lab.owner.patch(f"/tags/{pcr}", json={"name": "qPCR"})
    assert (await lab.owner.post(f"/tags/{loud}/restore")).status_code == 200
    assert [await tags_of(lab, one) for one in tagged] == [
        ["qPCR", "gel"], ["gel", "PCR", "qPCR"], ["PCR"],
    ]  # fmt: skip


async def test_restored_tag_joins_one_of_its_name(lab: Lab):
    saved = (await lab.owner.post("/sessions", json=session(tags=["pcr"]))).json()
    old = await tag_named(lab, "pcr")
    await lab.owner.delete(f"/tags/{old}")
    await lab.owner.post("/sessions", json=session(tags=["pcr"]))
    answer = await lab.owner.post(f"/tags/{old}/restore")
    assert answer.json()["id"] == await tag_named(lab, "pcr") != old
    assert await tags_of(lab, saved) == ["pcr"]


async def test_removed_tags_are_forgotten_after_thirty_days(lab: Lab, owner_database: Database):
    saved = (await lab.owner.post("/sessions", json=session(tags=["old", "new"]))).json()
    tags = {name: await tag_named(lab, name) for name in ("old", "new")}
    for name, days in (("old", 31), ("new", 29)):
        await lab.owner.delete(f"/tags/{tags[name]}")
        async with owner_database.transaction() as tx:
            await tx.execute(
                f"UPDATE removed_tags SET removed_at = now() - interval '{days} days' "
                "WHERE id = $1::uuid",
                tags[name],
            )
    async with lab.app.connection() as tx:
        await tag_store.forget_removed_tags(tx)
    assert (await lab.owner.post(f"/tags/{tags['new']}/restore")).status_code == 200
    assert (await lab.owner.post(f"/tags/{tags['old']}/restore")).status_code == 404
    assert await tags_of(lab, saved) == ["new"]


async def test_tag_is_not_merged_into_itself_or_into_nothing(lab: Lab):
    await lab.owner.post("/sessions", json=session(tags=["pcr"]))
    pcr = await tag_named(lab, "pcr")
    itself = await lab.owner.post(f"/tags/{pcr}/merge", json={"into": pcr})
    assert (itself.status_code, itself.json()["errors"][0]["pointer"]) == (400, "/into")
    nobodys = "01900000-0000-7000-8000-000000000000"
    unknown = await lab.owner.post(f"/tags/{pcr}/merge", json={"into": nobodys})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "tag_not_found")
    assert await tag_named(lab, "pcr") == pcr


async def test_tags_are_merged_and_restored_by_managers_of_their_organisation(
    lab: Lab, make_lab: Callable[[], Awaitable[Lab]]
):
    await lab.owner.post("/sessions", json=session(tags=["pcr", "gel"]))
    pcr, gel = await tag_named(lab, "pcr"), await tag_named(lab, "gel")
    member, other = await lab.person("member"), await make_lab()
    for path, body in ((f"/tags/{pcr}/merge", {"into": gel}), (f"/tags/{pcr}/restore", None)):
        assert (await member.post(path, json=body)).status_code == 403
    await lab.owner.delete(f"/tags/{pcr}")
    assert (await other.owner.post(f"/tags/{pcr}/restore")).status_code == 404
    assert (await other.owner.get("/tags")).json()["items"] == []


async def test_project_changed_in_the_meantime_is_not_overwritten(lab: Lab):
    project = await add_project(lab)
    path = f"/projects/{project['id']}"
    tag = (await lab.owner.get(path)).headers["etag"]
    await lab.owner.patch(path, json={"name": "Reefs"})
    stale = await lab.owner.patch(path, json={"name": "Corals"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")


async def test_wrong_colour_is_named(lab: Lab):
    answer = await lab.owner.post("/projects", json={"name": "X", "colour": "blue"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/colour"


async def test_projects_are_paged_by_name(lab: Lab):
    for name in "CABED":
        await add_project(lab, name=name)
    names, cursor = [], None
    while True:
        query = f"?limit=2&cursor={cursor}" if cursor else "?limit=2"
        page = (await lab.owner.get(f"/projects{query}")).json()
        names += [project["name"] for project in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == list("ABCDE")
