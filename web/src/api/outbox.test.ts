import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";

/** A server, and a browser whose page is loaded anew by `open`. */
interface Sent {
  readonly kind: string;
  readonly content: unknown;
  readonly isRepeated: boolean;
  readonly key: string;
}

let sent: Sent[] = [];
/** What the server does with the next letters: an answer, a problem, or nothing at all. */
let replies: (unknown | Error)[] = [];

async function open(personId = "ada") {
  vi.resetModules();
  const { outbox } = await import("./outbox");
  const { connection } = await import("./connection");
  const { Problem, Unreachable } = await import("./problem");
  for (const kind of ["start", "stop", "change"]) {
    outbox.carry(kind, async ({ key, content }, isRepeated) => {
      const reply = replies.shift();
      sent.push({ kind, content, isRepeated, key });
      if (reply === "answer lost") {
        connection.reportUnreachable();
        throw new Unreachable();
      }
      if (typeof reply === "number") {
        throw new Problem(reply, { code: "no", detail: "No." }, null);
      }
      return kind === "start"
        ? { result: "started", id: [`pending:${key}`, "real"] as const }
        : { result: kind };
    });
  }
  await outbox.open(personId);
  await outbox.send();
  const write = (kind: string, content: object = {}, key?: string) =>
    outbox.write<unknown>(kind, content, {
      label: kind,
      provisional: () => "provisional",
      ...(key === undefined ? {} : { key }),
    });
  return { outbox, connection, write };
}

function away(connection: { reportUnreachable: () => void }) {
  connection.reportUnreachable();
}

async function back(browser: Awaited<ReturnType<typeof open>>) {
  browser.connection.reportReachable();
  await browser.outbox.send();
}

describe("the outbox", () => {
  beforeEach(async () => {
    vi.stubGlobal("window", undefined);
    vi.stubGlobal(
      "fetch",
      vi.fn(() => Promise.reject(new TypeError("no network"))),
    );
    vi.doMock("./client", () => ({ newIdempotencyKey: () => crypto.randomUUID() }));
    sent = [];
    replies = [];
    const { deviceStore } = await import("./device-store");
    await (await deviceStore()).clear("letters");
  });

  it("gives the server's answer and forgets the letter", async () => {
    const { outbox, write } = await open();
    expect(await write("start")).toBe("started");
    expect(outbox.letters()).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it("gives what is expected while the server is away, and sends in order when it is back", async () => {
    const browser = await open();
    away(browser.connection);
    expect(await browser.write("start", { name: "Gel" })).toBe("provisional");
    expect(await browser.write("stop")).toBe("provisional");
    expect(browser.outbox.letters().map(({ kind }) => kind)).toEqual(["start", "stop"]);
    replies = [];
    await back(browser);
    expect(sent.map(({ kind }) => kind)).toEqual(["start", "stop"]);
    expect(browser.outbox.letters()).toEqual([]);
  });

  it("sends again after the page was closed, with the key of the first try", async () => {
    const closed = await open();
    replies = ["answer lost"];
    expect(await closed.write("change", { name: "Gel" })).toBe("provisional");
    expect(sent).toHaveLength(1);
    const opened = await open();
    await back(opened);
    expect(sent.map(({ isRepeated }) => isRepeated)).toEqual([false, true]);
    expect(sent[1]?.key).toBe(sent[0]?.key);
    expect(opened.outbox.letters()).toEqual([]);
  });

  it("puts the real id into what was done to something that had none yet", async () => {
    const browser = await open();
    away(browser.connection);
    await browser.write("start", {}, "k");
    await browser.write("change", { id: "pending:k" });
    replies = [];
    await back(browser);
    expect(sent.at(-1)?.content).toEqual({ id: "real" });
    await browser.write("change", { id: "pending:k" });
    expect(sent.at(-1)?.content).toEqual({ id: "real" });
  });

  it("throws a refusal to whoever waits for it, and keeps nothing", async () => {
    const { outbox, write } = await open();
    replies = [409];
    await expect(write("change")).rejects.toMatchObject({ status: 409 });
    expect(outbox.letters()).toEqual([]);
  });

  it("keeps a late refusal and what depends on it, and goes on with the rest", async () => {
    const browser = await open();
    away(browser.connection);
    await browser.write("start", {}, "k");
    await browser.write("stop", { about: "pending:k" });
    await browser.write("change", { id: "other" });
    replies = [400];
    await back(browser);
    expect(sent.map(({ kind }) => kind)).toEqual(["start", "change"]);
    const [start, stop] = browser.outbox.letters();
    expect(start?.refusal).toMatchObject({ status: 400, detail: "No." });
    expect(stop?.refusal?.code).toBe("depends_on_refused");

    await browser.outbox.retry(start?.number ?? 0);
    expect(sent.slice(2).map(({ kind }) => kind)).toEqual(["start", "stop"]);
    expect(sent.at(-1)?.content).toEqual({ about: "real" });
    expect(browser.outbox.letters()).toEqual([]);
  });

  it("discards what depends on a discarded letter with it", async () => {
    const browser = await open();
    away(browser.connection);
    await browser.write("start", {}, "k");
    await browser.write("stop", { about: "pending:k" });
    replies = [400];
    await back(browser);
    await browser.outbox.discard(browser.outbox.letters()[0]?.number ?? 0);
    expect(browser.outbox.letters()).toEqual([]);
  });

  it("waits while the server fails, and does not take that for a refusal", async () => {
    const browser = await open();
    replies = [500];
    expect(await browser.write("change")).toBe("provisional");
    expect(browser.outbox.letters()[0]?.refusal).toBeUndefined();
    await browser.outbox.send();
    expect(browser.outbox.letters()).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  it("asks about what was tried more than a day ago", async () => {
    const closed = await open();
    replies = ["answer lost"];
    await closed.write("change");
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 25 * 3_600_000);
    const opened = await open();
    await back(opened);
    expect(sent).toHaveLength(1);
    expect(opened.outbox.letters()[0]?.refusal?.code).toBe("tried_too_long_ago");
  });

  it("sends what was never tried, however old it is", async () => {
    const closed = await open();
    away(closed.connection);
    const { deviceStore } = await import("./device-store");
    await (await deviceStore()).add("letters", {
      kind: "change",
      personId: "ada",
      key: "k",
      content: {},
      label: "Change",
      actedAt: Date.now() - 30 * 24 * 3_600_000,
      wasTried: false,
    });
    await open();
    expect(sent).toHaveLength(1);
  });

  it("never sends another person's letters", async () => {
    const ada = await open("ada");
    away(ada.connection);
    await ada.write("change");
    replies = [];
    const ben = await open("ben");
    await back(ben);
    expect(sent).toEqual([]);
    expect(ben.outbox.letters()).toEqual([]);
    const again = await open("ada");
    await back(again);
    expect(sent).toHaveLength(1);
  });

  it("withdraws what has not been sent, and only that", async () => {
    const browser = await open();
    away(browser.connection);
    await browser.write("start", {}, "first");
    await browser.write("stop", {}, "second");
    expect(await browser.outbox.withdraw("second")).toBe(true);
    expect(browser.outbox.letters().map(({ key }) => key)).toEqual(["first"]);
    replies = ["answer lost"];
    await back(browser);
    expect(await browser.outbox.withdraw("first")).toBe(false);
  });
});
