import { describe, expect, it } from "vitest";
import type { Session } from "@/api/types";
import { zonedDay } from "@/lib/zoned-day";
import { instantText, secondsOf } from "./calendar-drag";
import { cellsOf, cellText, planEntry, readCell, roomFor, rowsOf, sumOf } from "./week-grid";

const zone = "Europe/Berlin";
const monday = zonedDay("2026-06-01", zone);
const minute = 60;
const hour = 3600;

let count = 0;
function session(from: string, to: string, filed: Partial<Session> = {}): Session {
  count += 1;
  return {
    id: String(count),
    name: "PCR",
    note: "",
    project_id: null,
    tags: [],
    billable: false,
    person_id: "p",
    created_at: from,
    updated_at: from,
    deleted_at: null,
    started_at: from,
    ended_at: to,
    duration_seconds: secondsOf(to) - secondsOf(from),
    ...filed,
  };
}

const busyOf = (...sessions: Session[]) =>
  sessions.map(({ id, started_at, ended_at }) => ({
    id,
    from: secondsOf(started_at),
    to: ended_at === null ? Number.POSITIVE_INFINITY : secondsOf(ended_at),
  }));

/** 2026-06-01 in Berlin, at a time of day. */
const at = (time: string) => instantText(secondsOf(`2026-06-01T${time}:00Z`) - 2 * hour);

function planned(sessions: Session[], wanted: number, ...others: Session[]) {
  const entry = planEntry(sessions, wanted, monday, busyOf(...sessions, ...others));
  switch (entry.kind) {
    case "create":
      return [entry.kind, instantText(entry.span.from), instantText(entry.span.to)];
    case "end":
      return [entry.kind, entry.session.id, instantText(entry.endsAt)];
    case "refused":
      return [entry.kind];
    default:
      return [entry.kind];
  }
}

describe("rows and cells", () => {
  it("are one for each name, project and set of tags", () => {
    const sessions = [
      session(at("09:00"), at("10:00"), { tags: ["b", "a"] }),
      session(at("11:00"), at("12:00"), { tags: ["a", "b"] }),
      session(at("13:00"), at("14:00"), { project_id: "x" }),
      session(at("14:00"), at("15:00"), { name: "Gel" }),
    ];
    const rows = rowsOf(sessions);
    expect(rows.map(({ name, projectId, tags }) => [name, projectId, tags])).toEqual([
      ["PCR", null, ["a", "b"]],
      ["PCR", "x", []],
      ["Gel", null, []],
    ]);
    const cells = cellsOf(sessions, ["2026-06-01", "2026-06-02"], zone);
    expect(cells.get(rows[0]?.id ?? "")?.map(sumOf)).toEqual([2 * hour, 0]);
  });

  it("count a session for the day it starts in, in the person's zone", () => {
    const night = session("2026-06-01T21:30:00Z", "2026-06-02T01:00:00Z");
    const cells = cellsOf([night], ["2026-06-01", "2026-06-02"], zone);
    expect([...cells.values()][0]?.map(sumOf)).toEqual([3.5 * hour, 0]);
    const elsewhere = cellsOf([night], ["2026-06-01", "2026-06-02"], "Asia/Kolkata");
    expect([...elsewhere.values()][0]?.map(sumOf)).toEqual([0, 3.5 * hour]);
  });

  it("are written as they are read", () => {
    for (const seconds of [60, 90 * 60, 45, 3600, 12 * 3600 + 34 * 60 + 56, 100 * 3600]) {
      expect(readCell(cellText(seconds))).toBe(seconds);
    }
    expect(cellText(0)).toBe("");
    expect(readCell("")).toBe(0);
    expect(readCell("90")).toBe(90 * 60);
    expect(readCell("soon")).toBeNull();
  });
});

describe("a duration typed into an empty cell", () => {
  it("begins at nine on an empty day", () => {
    expect(planned([], hour)).toEqual(["create", at("09:00"), at("10:00")]);
  });

  it("begins after the day's last session", () => {
    const other = session(at("13:00"), at("14:10"));
    expect(planned([], hour, other)).toEqual(["create", at("14:10"), at("15:10")]);
    const early = session(at("06:00"), at("07:00"));
    expect(planned([], hour, early)).toEqual(["create", at("07:00"), at("08:00")]);
  });

  it("begins at nine after a night, unless the night lasts longer", () => {
    const night = session(at("00:00"), at("06:00"));
    const before = { ...night, started_at: "2026-05-31T20:00:00Z" };
    expect(planned([], hour, before)).toEqual(["create", at("09:00"), at("10:00")]);
    const long = { ...before, ended_at: at("11:00") };
    expect(planned([], hour, long)).toEqual(["create", at("11:00"), at("12:00")]);
  });

  it("goes into an earlier gap when there is no room behind, and never into the next day", () => {
    const late = session(at("20:00"), at("23:30"));
    expect(planned([], hour, late)).toEqual(["create", at("09:00"), at("10:00")]);
    const running = { ...session(at("10:00"), at("10:00")), ended_at: null };
    expect(planned([], hour, running)).toEqual(["create", at("09:00"), at("10:00")]);
    expect(planned([], 2 * hour, running)).toEqual(["create", at("00:00"), at("02:00")]);
    expect(planned([], 11 * hour, running)).toEqual(["refused"]);
  });

  it("knows the hours of a day on which clocks change", () => {
    const spring = zonedDay("2026-03-29", zone);
    expect(roomFor(spring, [], 14 * hour)).toBe(secondsOf("2026-03-29T07:00:00Z"));
    expect(roomFor(spring, [], 23 * hour)).toBe(spring.from);
    expect(roomFor(spring, [], 23 * hour + 1)).toBeNull();
    expect(roomFor(zonedDay("2026-10-25", zone), [], 25 * hour)).not.toBeNull();
    expect(roomFor(zonedDay("2011-12-30", "Pacific/Apia"), [], 1)).toBeNull();
  });
});

describe("a duration typed over what is there", () => {
  it("moves the end of the only session", () => {
    const one = session(at("09:00"), at("10:00"));
    expect(planned([one], 90 * minute)).toEqual(["end", one.id, at("10:30")]);
    expect(planned([one], 15 * minute)).toEqual(["end", one.id, at("09:15")]);
    expect(planned([one], hour)).toEqual(["nothing"]);
  });

  it("adds a further session when another is in the way", () => {
    const one = session(at("09:00"), at("10:00"));
    const next = session(at("10:00"), at("11:00"), { name: "Gel" });
    expect(planned([one], 90 * minute, next)).toEqual(["create", at("11:00"), at("11:30")]);
  });

  it("takes from the last of several, or says why not", () => {
    const first = session(at("09:00"), at("10:00"));
    const last = session(at("13:00"), at("13:30"));
    expect(planned([first, last], 2 * hour)).toEqual(["end", last.id, at("14:00")]);
    expect(planned([first, last], 75 * minute)).toEqual(["end", last.id, at("13:15")]);
    expect(planned([first, last], hour)).toEqual(["refused"]);
  });

  it("deletes for nothing", () => {
    const one = session(at("09:00"), at("10:00"));
    expect(planned([one], 0)).toEqual(["delete"]);
    expect(planned([], 0)).toEqual(["nothing"]);
  });

  it("always comes to what was typed, and never overlaps", () => {
    let state = 4;
    const number = () => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return state / 4_294_967_296;
    };
    for (let round = 0; round < 400; round += 1) {
      const sessions: Session[] = [];
      let from = monday.from + Math.floor(number() * 6 * hour);
      while (from < monday.to - 3 * hour && sessions.length < 6) {
        const to = from + 60 + Math.floor(number() * 3 * hour);
        sessions.push(
          session(instantText(from), instantText(to), { name: number() < 0.5 ? "a" : "b" }),
        );
        from = to + Math.floor(number() * 2 * hour);
      }
      const cell = sessions.filter(({ name }) => name === "a");
      const wanted = Math.floor(number() * 8 * hour);
      const busy = busyOf(...sessions);
      const entry = planEntry(cell, wanted, monday, busy);
      if (entry.kind === "create") {
        expect(sumOf(cell) + entry.span.to - entry.span.from).toBe(wanted);
        expect(busy.every(({ from, to }) => to <= entry.span.from || from >= entry.span.to)).toBe(
          true,
        );
        expect(entry.span.from).toBeGreaterThanOrEqual(monday.from);
        expect(entry.span.to).toBeLessThanOrEqual(monday.to);
      } else if (entry.kind === "end") {
        const end = secondsOf(entry.session.ended_at ?? "");
        expect(sumOf(cell) + entry.endsAt - end).toBe(wanted);
        expect(entry.endsAt).toBeGreaterThan(secondsOf(entry.session.started_at));
        expect(
          busy.every(
            ({ id, from, to }) => id === entry.session.id || from >= entry.endsAt || to <= end,
          ),
        ).toBe(true);
      }
    }
  });
});
