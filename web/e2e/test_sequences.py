"""Sequences: pasted, told of record by record, found again, read, changed and deleted."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from playwright.async_api import expect
from tests.conftest import Server
from web.e2e.conftest import violations

REEF = "ACGTTGCAAC" * 30
FASTA = f">reef-1 from the north\n{REEF}\n>broken\nACGT\nACNT\n>reef-2\n{REEF[::-1]}\n"


async def test_pasted_fasta_becomes_sequences_to_read_change_and_delete(
    site: Server, new_visitor: Any
):
    ada = await new_visitor(site, reduced_motion="reduce", accept_downloads=True)
    await ada.sign_in()
    page = await ada.open("/sequences")
    await expect(page.get_by_text("No sequences yet")).to_be_visible()

    # What is pasted is read before it is added, and what is wrong is named by its place.
    await page.get_by_role("button", name="Add sequences").click()
    await page.get_by_label("Bases or FASTA").fill(FASTA)
    read = page.get_by_role("region", name="What was read")
    await expect(read).to_contain_text("3 sequences with 608 letters; 1 sequence can’t be added")
    await expect(read.get_by_role("listitem").first).to_contain_text(
        "“N” at letter 7, in line 5 is not one of A, C, G and T."
    )
    assert await violations(page) == []
    await page.get_by_role("button", name="Add 2 sequences").click()
    await expect(read.get_by_role("listitem").filter(has_text="reef-2")).to_contain_text("Added as")
    await page.get_by_role("button", name="Done").click()
    rows = page.get_by_role("list", name="Sequences").get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await expect(page.get_by_text("2 sequences with 600 letters in 1 collection")).to_be_visible()

    # The same bases again are the sequence that is there, under one more name.
    await page.get_by_role("button", name="Add sequences").click()
    await page.get_by_label("Bases or FASTA").fill(REEF.lower())
    await page.get_by_label("Name", exact=True).fill("twin")
    await page.get_by_role("button", name="Add 1 sequence").click()
    await expect(read).to_contain_text("Already there as reef-1")
    await page.get_by_role("button", name="Done").click()

    # Filters stand in the address, and are there again after a reload.
    await page.get_by_role("searchbox", name="Search names").fill("twin")
    await expect(rows).to_have_count(1)
    await page.wait_for_url(re.compile(r"\?name=twin$"))
    await page.reload()
    await expect(rows).to_have_count(1)

    # What the filters show, as a file.
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as exported:
        await page.get_by_role("menuitem", name="FASTA").click()
    file = await (await exported.value).path()
    text = await asyncio.to_thread(file.read_text, encoding="ascii")
    assert text.startswith(">reef-1 from the north\n")
    assert text.count(">") == 1

    # Its page: letters, names, the way to a letter, a file.
    await page.get_by_role("link", name="reef-1").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("reef-1")
    await expect(page.get_by_text("twin", exact=True)).to_be_visible()
    await expect(page.get_by_role("region", name="Bases")).to_contain_text("ACGTTGCAAC")
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="FASTA").click()
    file = await (await saved.value).path()
    text = await asyncio.to_thread(file.read_text, encoding="ascii")
    assert text.startswith(">reef-1 from the north\n")
    assert text.split("\n", 1)[1].replace("\n", "") == REEF

    # A change, and its undo.
    await page.get_by_role("button", name="Change").click()
    form = page.get_by_role("form", name="Change reef-1")
    await form.get_by_label("Name").fill("north reef")
    await form.get_by_label("Circular").check(force=True)
    assert await violations(page) == []
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("north reef")
    await expect(page.get_by_text("300 letters, circular")).to_be_visible()
    await page.get_by_role("alert").get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("reef-1")

    # Deleting asks, and leads back to what is left.
    await page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete this sequence?")
    await expect(dialog).to_contain_text("300 letters and its alias")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("reef-2")


async def test_ten_million_letters_scroll_and_only_those_in_view_are_drawn(
    site: Server, new_visitor: Any
):
    ada = await new_visitor(site, reduced_motion="reduce")
    await ada.sign_in()
    long = await ada.api(
        "POST", "/sequences", {"bases": "ACGTTGCAAC" * 1_000_000, "name": "genome"}
    )
    page = await ada.open(f"/sequences/{long['id']}")
    bases = page.get_by_role("region", name="Bases")
    await page.get_by_label("Letter to go to").fill("9,999,999")
    await page.get_by_role("button", name="Go to letter").click()
    await expect(bases.locator("mark")).to_have_text("A")
    await expect(bases).to_be_focused()
    await expect(bases).to_contain_text("9,999,961")
    assert await bases.evaluate("bases => bases.textContent.length") < 10_000
    await ada.api("DELETE", f"/sequences/{long['id']}")


async def test_collections_are_added_renamed_and_deleted_with_what_they_hold(
    site: Server, new_visitor: Any
):
    ada = await new_visitor(site, width=390, reduced_motion="reduce")
    await ada.sign_in()
    page = await ada.open("/sequences/collections")
    await page.get_by_role("button", name="Add collection").click()
    form = page.get_by_role("form", name="New collection")
    await form.get_by_label("Name").fill("Primers")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Sequences of Primers")).to_be_visible()
    [primers] = [
        one for one in (await ada.api("GET", "/collections"))["items"] if one["name"] == "Primers"
    ]
    await ada.api("POST", "/sequences", {"bases": "ACGTTT", "collection_id": primers["id"]})

    await page.get_by_role("button", name="Change Primers").click()
    await page.get_by_role("form", name="Change Primers").get_by_label("Name").fill("Oligos")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Change Oligos")).to_be_focused()
    await page.get_by_role("button", name="Delete Oligos").click()
    dialog = page.get_by_role("dialog", name="Delete this collection?")
    await expect(dialog).to_contain_text("1 sequence, 6 letters")
    await dialog.get_by_role("button", name="Delete 1 sequence").click()
    await expect(page.get_by_role("link", name="Sequences of Oligos")).to_have_count(0)


async def test_search_says_what_it_understood_and_draws_what_it_found(
    site: Server, new_visitor: Any
):
    ada = await new_visitor(site, reduced_motion="reduce")
    await ada.sign_in()
    query = "GATTACACCGTGAATCTGGCAAATCGGTTAACTGCACGTATCCAGGTCTTAGCAATTCGA"
    other = query.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    for name, bases in (
        ("exact", query),
        ("one letter", query[:10] + "A" + query[11:]),
        ("one more", query[:30] + "T" + query[30:]),
        ("other strand", other),
    ):
        await ada.api("POST", "/sequences", {"name": name, "bases": bases})
    page = await ada.open("/sequences/search")
    field = page.get_by_label("Bases or FASTA")
    await field.fill("ACGUAC")
    await expect(page.get_by_text("“U” at letter 4 is not one of A, C, G and T.")).to_be_visible()

    # Blanks and the case do not matter, and it says so; hits come as it is typed.
    await field.fill(f"{query[:30].lower()} {query[30:]}")
    await expect(page.get_by_text("60 letters; 1 blank left out")).to_be_visible()
    hits = page.get_by_role("list", name="Hits").get_by_role("listitem")
    await expect(hits).to_have_count(1)
    await expect(page.get_by_test_id("cost")).to_have_text("The index serves this: milliseconds.")

    await page.get_by_text("Similar as a whole").click()
    await page.get_by_role("textbox", name="Number of edits").fill("1")
    await page.get_by_text("Both", exact=True).click()
    await expect(hits).to_have_count(4)
    drawn = hits.filter(has_text="one letter").get_by_role("img")
    await expect(drawn).to_have_attribute(
        "aria-label", "Alignment. letter 11: T in the query, A in the sequence"
    )
    await expect(hits.filter(has_text="other strand")).to_contain_text("reverse strand")
    assert await violations(page) == []

    # The address is the search: it can be sent to others.
    await page.wait_for_url(re.compile(rf"q={query}&mode=whole&distance=1&strand=both$"))
    await page.reload()
    await expect(hits).to_have_count(4)

    # All hits as a file that other programs read.
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as exported:
        await page.get_by_role("menuitem", name="BLAST table (outfmt 6)").click()
    file = await (await exported.value).path()
    table = (await asyncio.to_thread(file.read_text, encoding="ascii")).splitlines()
    assert [line.split("\t")[1] for line in table] == ["exact", "other", "one", "one"]

    # Every sequence shows its own neighbours.
    await page.get_by_role("link", name="one letter").click()
    await page.get_by_role("button", name="Find neighbours").click()
    neighbours = page.get_by_role("list", name="Neighbours").get_by_role("listitem")
    await expect(neighbours).to_have_count(3)
