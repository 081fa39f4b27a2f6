"""Files of sequences in the browser: dropped, watched, found again, cancelled, taken back."""

from __future__ import annotations

import asyncio
import csv
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from playwright.async_api import Page, Route, expect
from tests.conftest import Server
from web.e2e.conftest import violations_in_both_themes

from benchbook.platform.embedded_postgres import EmbeddedPostgres, find_binaries
from benchbook.sequences.import_formats import PIECE_RECORDS
from benchbook.serving import DATABASE_NAME

AMOUNT = 5_000
LETTERS = 120
GATE = 77_077
# What a worker adds at a time, as it is written; there have to be more in a file to stop it.
PIECE = f"{PIECE_RECORDS:,}"


def amplicons(seed: int, amount: int = AMOUNT) -> list[str]:
    """Reads of one kind: ten of each family, which differ by a letter or two, and no two alike."""
    of = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < amount:
        parent = of.choices("ACGT", k=LETTERS)
        for _ in range(10):
            child = parent.copy()
            child[of.randrange(LETTERS)] = of.choice("ACGT")
            made["".join(child)] = None
    return list(made)[:amount]


def fasta(records: list[str], name: str = "read") -> str:
    return "".join(f">{name}{number}\n{bases}\n" for number, bases in enumerate(records))


async def choose(page: Page, path: Path, content: str) -> None:
    await asyncio.to_thread(path.write_text, content, encoding="ascii")
    await page.locator("input[type=file]").set_input_files(path)


async def drop(page: Page, name: str, content: str) -> None:
    """Let a file fall onto the page, as from the desktop."""
    files = await page.evaluate_handle(
        """([name, content]) => {
             const data = new DataTransfer();
             data.items.add(new File([content], name));
             return data;
           }""",
        [name, content],
    )
    # The page is there before it listens.
    async with asyncio.timeout(15):
        while not await page.get_by_text("Drop to import").is_visible():
            await page.dispatch_event("h1", "dragover", {"dataTransfer": files})
    await page.dispatch_event("h1", "drop", {"dataTransfer": files})
    await expect(page.get_by_text("Drop to import")).to_have_count(0)


@asynccontextmanager
async def held_up(server: Server) -> AsyncIterator[asyncpg.Connection[Any]]:
    """Imports wait with their second piece until this is left."""
    postgres = EmbeddedPostgres(server.data_dir / "postgres", binaries=find_binaries(None))
    endpoint = postgres.attach()
    connection = await asyncpg.connect(
        host=endpoint.host,
        port=endpoint.port,
        user=endpoint.user,
        password=endpoint.password,
        database=DATABASE_NAME,
    )
    try:
        await connection.execute(
            f"""
            CREATE OR REPLACE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              PERFORM pg_advisory_xact_lock_shared({GATE});
              RETURN new;
            END $$;
            CREATE OR REPLACE TRIGGER gate BEFORE UPDATE ON sequence_imports FOR EACH ROW
              WHEN (new.records_read > old.records_read AND old.records_read > 0)
              EXECUTE FUNCTION wait_at_gate();
            SELECT pg_advisory_lock({GATE})
            """
        )
        yield connection
    finally:
        await connection.close()


async def others_wait(connection: asyncpg.Connection[Any], amount: int) -> None:
    """Return when so many transactions wait for a lock."""
    async with asyncio.timeout(30):
        while True:
            waiting = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
            if waiting >= amount:
                return
            await asyncio.sleep(0.05)


async def test_file_is_watched_as_it_arrives_and_its_relatives_are_found_with_two_edits(
    site: Server, new_visitor: Any, tmp_path: Path
):
    ada = await new_visitor(site, reduced_motion="reduce", accept_downloads=True)
    await ada.sign_in()
    reads = amplicons(1)
    lines = fasta(reads).splitlines()
    wrong = [f">bad{number}\nACGTN\n" for number in range(25)]
    content = "\n".join(lines) + f"\n>twin\n{reads[7].lower()}\n" + "".join(wrong)
    page = await ada.open("/sequences/imports")

    # Where to and what about all of it is said before.
    await page.get_by_role("button", name="New collection").click()
    await page.get_by_label("Name of the collection").fill("Reef 2026")
    await page.keyboard.press("Enter")
    where = page.get_by_label("Into the collection")
    await expect(where.locator("option:checked")).to_have_text("Reef 2026")
    await page.get_by_role("combobox", name="Tags").fill("18S")
    await page.keyboard.press("Enter")

    card = page.get_by_role("region", name="Import of reef.fasta")
    async with held_up(site):
        await choose(page, tmp_path / "reef.fasta", content)
        await expect(card).to_contain_text(f"{PIECE} records read: {PIECE} added")
        bar = card.get_by_role("progressbar", name="Importing reef.fasta")
        assert 0 < float(await bar.get_attribute("value") or 0) < len(content)
        assert await violations_in_both_themes(page) == []

        # It is there after a reload, in another tab, and at an address of its own.
        await page.reload()
        await expect(card).to_contain_text(f"{PIECE} records read")
        other = await ada.open("/sequences/imports")
        theirs = other.get_by_role("region", name="Import of reef.fasta")
        await expect(theirs).to_contain_text(f"{PIECE} records read")
        await theirs.get_by_role("link", name="reef.fasta").click()
        await expect(other.get_by_role("heading", level=1)).to_have_text("reef.fasta")
        await expect(theirs).to_contain_text(f"{PIECE} records read")

    # Both are told how it ended, with the line of everything that was rejected.
    figures = card.get_by_role("definition")
    await expect(figures).to_have_text(["5,000", "1", "25"])
    await expect(theirs.get_by_role("definition")).to_have_text(["5,000", "1", "25"])
    rows = card.get_by_role("region", name="Lines and reasons").get_by_role("row")
    await expect(rows).to_have_count(21)
    await expect(rows.nth(1)).to_contain_text("10,003")
    await expect(rows.nth(1)).to_contain_text("Letter 5 is “N”")
    assert await violations_in_both_themes(page) == []
    await card.get_by_role("button", name="Next").click()
    await expect(card.get_by_text("21–25 of 25")).to_be_visible()
    async with page.expect_download() as saved:
        await card.get_by_role("link", name="Save as CSV").click()
    download = await saved.value
    assert download.suggested_filename == "reef-rejected.csv"
    text = await asyncio.to_thread((await download.path()).read_text, encoding="utf-8-sig")
    table = list(csv.DictReader(text.splitlines()))
    assert [row["line"] for row in table] == [str(10_003 + 2 * number) for number in range(25)]
    assert table[24]["name"] == "bad24"

    # The search stands on the collection and on two edits: a read with another letter finds its own
    # family, each with its alignment.
    await card.get_by_role("link", name="Search in them").click()
    sought = reads[40]
    changed = sought[:60] + ("A" if sought[60] != "A" else "C") + sought[61:]
    await page.get_by_label("Bases or FASTA").fill(changed)
    hits = page.get_by_role("list", name="Hits").get_by_role("listitem")
    near = [read for read in reads if sum(map(str.__ne__, read, changed)) <= 2]
    assert len(near) > 1
    await expect(hits).to_have_count(len(near))
    await expect(hits.filter(has_text="read40").get_by_role("img")).to_have_attribute(
        "aria-label",
        f"Alignment. letter 61: {changed[60]} in the query, {sought[60]} in the sequence",
    )
    await hits.first.get_by_role("link").first.click()
    await expect(page.get_by_text("18S", exact=True)).to_be_visible()


async def test_running_import_is_cancelled_and_a_finished_one_taken_back(
    site: Server, new_visitor: Any, tmp_path: Path
):
    ada = await new_visitor(site, reduced_motion="reduce")
    await ada.sign_in()
    page = await ada.open("/sequences/imports")
    card = page.get_by_role("region", name="Import of wrong.fasta")
    async with held_up(site) as gate:
        await choose(page, tmp_path / "wrong.fasta", fasta(amplicons(2), "wrong"))
        await expect(card).to_contain_text(f"{PIECE} added")
        await card.get_by_role("button", name="Cancel the import of wrong.fasta").click()
        dialog = page.get_by_role("dialog", name="Cancel this import?")
        await expect(dialog).to_contain_text(f"{PIECE} sequences")
        await dialog.get_by_role("button", name="Cancel the import").click()
        # The import, and the one who cancels it: after this piece.
        await others_wait(gate, 2)
    await expect(card).to_contain_text("The import was cancelled")
    await expect(dialog).to_have_count(0)
    assert (await ada.api("GET", "/sequences?name=wrong"))["items"] == []

    # Gone from the list as well.
    await card.get_by_role("button", name="Remove from the list").click()
    dialog = page.get_by_role("dialog", name="Remove it from the list?")
    await dialog.get_by_role("button", name="Remove").click()
    await expect(card).to_have_count(0)

    right = page.get_by_role("region", name="Import of right.fasta")
    await choose(page, tmp_path / "right.fasta", fasta(amplicons(3, 300), "right"))
    await expect(right.get_by_role("definition")).to_have_text(["300", "0", "0"])
    await page.reload()
    past = page.get_by_role("list", name="Imports").get_by_role("listitem")
    await past.filter(has_text="right.fasta").get_by_role("link").click()
    await page.get_by_role("button", name="Take back").click()
    dialog = page.get_by_role("dialog", name="Take this import back?")
    await expect(dialog).to_contain_text("300 sequences")
    assert await violations_in_both_themes(page) == []
    await dialog.get_by_role("button", name="Take back").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Import sequences")
    await expect(past.filter(has_text="right.fasta")).to_have_count(0)
    assert (await ada.api("GET", "/sequences?name=right"))["items"] == []


async def test_what_is_dropped_on_the_registry_or_too_much_for_its_form_is_imported(
    site: Server, new_visitor: Any, tmp_path: Path
):
    ada = await new_visitor(site, reduced_motion="reduce")
    await ada.sign_in()
    page = await ada.open("/sequences")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sequences")
    await drop(page, "dropped.fasta", fasta(amplicons(4, 30), "dropped"))
    dropped = page.get_by_role("region", name="Import of dropped.fasta")
    await expect(dropped.get_by_role("definition")).to_have_text(["30", "0", "0"])

    # More than the form adds one by one: it hands the file over, with what was said about it.
    await page.goto(f"{site.url}/sequences")
    await page.get_by_role("button", name="Add sequences").click()
    await choose(page, tmp_path / "many.fasta", fasta(amplicons(5, 2_001), "many"))
    await page.get_by_label("Circular").check(force=True)
    await page.get_by_role("button", name="Import this file").click()
    many = page.get_by_role("region", name="Import of many.fasta")
    await expect(many.get_by_role("definition")).to_have_text(["2,001", "0", "0"])
    await expect(many).to_contain_text("circular")

    # What is no sequence is not sent at all.
    await page.goto(f"{site.url}/sequences/imports")
    await choose(page, tmp_path / "notes.txt", "extraction on Monday\n")
    notes = page.get_by_role("region", name="Sending notes.txt")
    await expect(notes.get_by_role("alert")).to_contain_text("neither FASTA")
    assert await violations_in_both_themes(page) == []
    await notes.get_by_role("button", name="Dismiss notes.txt").click()
    await expect(notes).to_have_count(0)


async def test_file_whose_connection_breaks_is_sent_again_and_imported_once(
    site: Server, new_visitor: Any, tmp_path: Path
):
    ada = await new_visitor(site, reduced_motion="reduce")
    await ada.sign_in()
    page = await ada.open("/sequences/imports")
    is_down = True

    async def break_off(route: Route) -> None:
        if is_down:
            await route.abort("connectionreset")
        else:
            await route.continue_()

    async def be_away(route: Route) -> None:
        if is_down:
            await route.abort("connectionrefused")
        else:
            await route.continue_()

    await page.route("**/api/v1/sequences/imports?filename=*", break_off)
    await page.route("**/health/ready", be_away)
    await choose(page, tmp_path / "again.fasta", fasta(amplicons(6, 40), "again"))
    sending = page.get_by_role("region", name="Sending again.fasta")
    await expect(sending.get_by_role("alert")).to_contain_text("The connection was lost")
    is_down = False
    card = page.get_by_role("region", name="Import of again.fasta")
    await expect(card.get_by_role("definition")).to_have_text(["40", "0", "0"])
    await expect(sending).to_have_count(0)


GENBANK = """\
LOCUS       pReef                   3000 bp    DNA     circular SYN 02-MAR-2026
DEFINITION  a plasmid from the reef.
VERSION     pReef.1
FEATURES             Location/Qualifiers
     source          1..3000
                     /organism="synthetic construct"
     promoter        21..40
                     /label=pLac
     CDS             complement(1861..1980)
                     /gene="rfp"
                     /product="red fluorescent protein"
ORIGIN
"""


async def test_features_of_a_plasmid_are_drawn_told_and_written_again(
    site: Server, new_visitor: Any, tmp_path: Path
):
    ada = await new_visitor(site, reduced_motion="reduce", accept_downloads=True)
    await ada.sign_in()
    bases = "".join(random.Random(9).choices("ACGT", k=3_000))
    page = await ada.open("/sequences/imports")
    lines = [f"{at + 1:>9} {bases[at : at + 60].lower()}" for at in range(0, 3_000, 60)]
    await choose(page, tmp_path / "reef.gb", GENBANK + "\n".join(lines) + "\n//\n")
    card = page.get_by_role("region", name="Import of reef.gb")
    await expect(card.get_by_role("definition")).to_have_text(["1", "0", "0"])
    await page.goto(f"{site.url}/sequences?name=pReef")
    await page.get_by_role("link", name="pReef.1").click()

    features = page.get_by_role("region", name="Features")
    await expect(features.get_by_role("img")).to_have_attribute(
        "aria-label", "Map of 3,000 letters, cut open at the origin"
    )
    rows = features.get_by_role("list", name="List of features").get_by_role("listitem")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(2)).to_contain_text("CDS, reverse, 120 letters")
    gene = rows.nth(2).get_by_role("button", name="rfp")
    await gene.focus()
    await page.keyboard.press("Enter")
    await expect(rows.nth(2)).to_contain_text("red fluorescent protein")
    shaded = page.get_by_role("region", name="Bases").locator("[data-shown=true]")
    await expect(shaded.first).to_be_in_viewport()
    assert "".join(await shaded.all_inner_texts()) == bases[1860:1980]
    assert await violations_in_both_themes(page) == []

    # What is saved can be imported again, and says the same.
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="GenBank").click()
    download = await saved.value
    assert download.suggested_filename == "pReef.1.gb"
    text = await asyncio.to_thread((await download.path()).read_text, encoding="utf-8")
    assert "     CDS             complement(1861..1980)\n" in text
    assert '                     /gene="rfp"\n' in text
    made = await ada.api("POST", "/collections", {"name": "Written again"})
    await ada.context.request.post(
        f"{site.url}/api/v1/sequences/imports?collection_id={made['id']}", data=text.encode()
    )
    await page.goto(f"{site.url}/sequences?collection_id={made['id']}")
    await page.get_by_role("link", name="pReef.1").click()
    await expect(rows).to_have_count(3)
    await expect(rows.nth(1)).to_contain_text("pLac")


async def test_import_goes_on_when_its_server_was_killed(
    server: Server, new_visitor: Any, tmp_path: Path
):
    """The page says so meanwhile, and shows the end of it by itself."""
    ada = await new_visitor(server, reduced_motion="reduce")
    setup = {"organisation": "Reef Lab", "name": "Ada Berger", "email": "ada@example.org"}
    await ada.api("POST", "/setup", setup | {"password": "correct horse battery"})
    page = await ada.open("/sequences/imports")
    card = page.get_by_role("region", name="Import of long.fasta")
    async with held_up(server):
        await choose(page, tmp_path / "long.fasta", fasta(amplicons(7), "long"))
        await expect(card).to_contain_text(f"{PIECE} added")
        await asyncio.to_thread(server.kill)
        await expect(card).to_contain_text("The server has the file, and goes on where it was")
    await asyncio.to_thread(server.start)
    await expect(card.get_by_role("definition")).to_have_text(["5,000", "0", "0"], timeout=60_000)
