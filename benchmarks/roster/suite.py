"""The roster of a month in Chromium: how smoothly it scrolls, and how soon it is there."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from benchmarks import machine
from benchmarks.processes import Server, cpu_seconds, family_of, found_program, free_port
from benchmarks.roster import report

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chromium-headless-shell",
)
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 31
POSITIONS = ("Bench", "Night desk", "Sequencing", "Cell culture", "Reception")
OWNER = {"name": "Olga Owner", "email": "o@example.org", "password": "a long enough one"}
# Whoever sees nothing near sees everything: so rows were drawn before they were chosen.
DRAW_ALL = """
  window.IntersectionObserver = class {
    constructor(told) { this.told = told; }
    observe(target) { queueMicrotask(() => this.told([{ target, isIntersecting: true }])); }
    unobserve() {}
    disconnect() {}
  };
"""
# Down to the end and up again, so many pixels a frame, as a wheel that is turned fast.
SCROLL = """
  async (step) => {
    const grid = document.querySelector("[role=grid]").parentElement;
    const frame = () => new Promise(requestAnimationFrame);
    const end = grid.scrollHeight - grid.clientHeight;
    const frames = [];
    grid.scrollTop = 0;
    await frame();
    let before = await frame();
    for (const way of [1, -1]) {
      for (let done = 0; done < end; done += step) {
        grid.scrollTop += way * step;
        const now = await frame();
        frames.push(now - before);
        before = now;
      }
    }
    return frames;
  }
"""
# The month before is known already: what is measured is drawing it.
TURN_BACK = """
  async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const press = (name) => document.querySelector(`button[aria-label="${name}"]`).click();
    const isMay = () => document.querySelector("[role=grid]").ariaLabel.includes("May 2026");
    const isFilled = () => document.querySelector("[data-shift]") !== null;
    press("Later");
    while (isMay()) await frame();
    await frame();
    await frame();
    const begun = performance.now();
    press("Earlier");
    while (!(isMay() && isFilled())) await frame();
    await frame();
    return performance.now() - begun;
  }
"""


@dataclass
class Seen:
    """What a round found of one way of drawing."""

    frames: list[float]
    cpu_seconds: float
    turned: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this suite; the defaults are what results/roster.md is made with."""
    parser.add_argument("--people", type=int, default=100, help="rows of the roster")
    parser.add_argument("--rounds", type=int, default=5, help="both ways of drawing in each")
    parser.add_argument("--step", type=int, default=40, help="pixels scrolled a frame")
    parser.add_argument("--output", type=Path, help="where to write the report instead")


def run(options: argparse.Namespace) -> str:
    """Measure, and answer the report as Markdown. Raises CannotMeasure."""
    seen: dict[str, list[Seen]] = {report.ALL: [], report.NEAR: []}
    loads = []
    with ExitStack() as stack:
        server = stack.enter_context(_server())
        _fill(server, options.people)
        browser = stack.enter_context(_browser())
        for number in range(options.rounds):
            machine.wait_until_quiet(0.2, 20)
            loads.append(os.getloadavg()[0])
            for way in sorted(seen, reverse=number % 2 == 1):
                seen[way].append(_look(browser, server, way, options.step))
    return report.written(
        report.Facts(
            machine=machine.description(),
            loads=loads,
            people=options.people,
            days=DAYS,
            rounds=options.rounds,
            step=options.step,
        ),
        seen,
    )


@contextmanager
def _server() -> Iterator[Server]:
    scratch = Path(tempfile.mkdtemp(prefix="benchbook-benchmark-"))
    port = free_port()
    server = Server(
        "Benchbook",
        [
            *(sys.executable, "-m", "benchbook.main", "serve"),
            *("--port", str(port), "--data-dir", str(scratch / "data")),
        ],
        port=port,
        ready_path="/health/ready",
        log=scratch / "benchbook.log",
        environment={"BENCHBOOK_LOG_FORMAT": "json"},
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def _fill(server: Server, people: int) -> None:
    """Two shifts on, one day off, for everybody; a tenth of them drafts."""
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=60) as client:
        setup = {"organisation": "Reef Lab", "time_zone": "Europe/Berlin"} | OWNER
        client.post("/setup", json=setup).raise_for_status()
        create: list[dict[str, Any]] = []
        for number in range(people):
            body = {
                "first_name": f"Person {number}",
                "last_name": f"Of row {number:03}",
                "address": f"Quay {number}",
            }
            employee = client.post("/employees", json=body)
            employee.raise_for_status()
            for day in range(DAYS):
                if (day + number) % 3 == 2:
                    continue
                start = FIRST_DAY + timedelta(days=day, hours=4 if number % 2 else 20)
                create.append(
                    {
                        "employee_id": employee.json()["id"],
                        "starts_at": start.isoformat(),
                        "ends_at": (start + timedelta(hours=8)).isoformat(),
                        "position": POSITIONS[number % len(POSITIONS)],
                        "published": day % 10 != 0,
                    }
                )
        client.post("/shifts/batch", json={"create": create}).raise_for_status()


@contextmanager
def _browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None) or found_program(
        BROWSERS[0], "make setup-tests installs it or says how to"
    )
    arguments = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def _look(browser: Browser, server: Server, way: str, step: int) -> Seen:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", service_workers="block"
    )
    try:
        page = context.new_page()
        if way == report.ALL:
            page.add_init_script(DRAW_ALL)
        login = {"email": OWNER["email"], "password": OWNER["password"]}
        assert page.request.post(f"{server.url}/api/v1/login", data=login).ok
        page.goto(f"{server.url}/shifts?view=month&date=2026-05-13")
        page.locator("[data-shift]").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.evaluate(SCROLL, 4 * step)
        before = _browser_seconds(server)
        frames = page.evaluate(SCROLL, step)
        return Seen(
            frames=frames,
            cpu_seconds=_browser_seconds(server) - before,
            turned=page.evaluate(TURN_BACK),
        )
    finally:
        context.close()


def _browser_seconds(server: Server) -> float:
    """The processor time of Chromium's processes so far."""
    others = {os.getpid(), *family_of(server.pid)}
    return cpu_seconds(pid for pid in family_of(os.getpid()) if pid not in others)
