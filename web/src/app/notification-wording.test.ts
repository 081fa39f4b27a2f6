import { expect, test } from "vitest";
import { told } from "./notification-wording";

const reader = {
  own: "a",
  name: (id: string | null | undefined) => ({ a: "Anna", b: "Ben" })[id ?? ""] ?? "Somebody",
  place: { locale: "en-GB", timeZone: "Europe/Berlin" },
};
const night = {
  change: "added",
  starts_at: "2026-05-12T20:00:00Z",
  ends_at: "2026-05-13T04:00:00Z",
  position: "Night desk",
};
const request = {
  shift_request_id: "r",
  kind: "swap",
  status: "open",
  starts_at: "2026-05-12T20:00:00Z",
  employee_id: "b",
  other_employee_id: "a",
};

test("news of one shift says which, of several how many", () => {
  const one = { added: 1, changed: 0, cancelled: 0, shifts: [night] };
  expect(told({ kind: "shifts", data: one }, reader)).toEqual({
    text: "You have a new shift",
    detail: "Tue 12 May, 22:00–06:00, Night desk",
    to: "/shifts/mine",
  });
  const more = { added: 2, changed: 1, cancelled: 0, shifts: [night] };
  expect(told({ kind: "shifts", data: more }, reader).text).toBe(
    "Your shifts: 2 new shifts, 1 changed",
  );
});

test("a request is told to each side, and leads to it", () => {
  expect(told({ kind: "shift_request", data: request }, reader)).toMatchObject({
    text: "Ben asks you for a swap",
    to: "/shifts/mine",
    hash: "request-r",
  });
  const mine = { ...request, employee_id: "a", other_employee_id: "b", status: "done" };
  expect(told({ kind: "shift_request", data: mine }, reader).text).toBe(
    "Your swap with Ben is done",
  );
  expect(told({ kind: "shift_request_waits", data: request }, reader)).toMatchObject({
    text: "Ben and Anna want to swap: your decision",
    to: "/shifts/requests",
  });
});

test("shifts that anybody may have are told with who offers one, or how many", () => {
  const { change: _, ...span } = night;
  const offer = { ...span, shift_request_id: "r", employee_id: "b" };
  expect(told({ kind: "shifts_offered", data: { count: 1, shifts: [offer] } }, reader)).toEqual({
    text: "Ben offers a shift to everybody",
    detail: "Tue 12 May, 22:00–06:00, Night desk",
    to: "/shifts/mine",
    hash: "request-r",
  });
  expect(
    told({ kind: "shifts_offered", data: { count: 2, shifts: [offer, offer] } }, reader),
  ).toEqual({
    text: "2 shifts are offered to everybody",
    detail: "First: Tue 12 May, 22:00–06:00, Night desk",
    to: "/shifts/mine",
  });
  expect(told({ kind: "open_shifts", data: { count: 1, shifts: [span] } }, reader)).toMatchObject({
    text: "You could claim an open shift",
    to: "/shifts/open",
  });
  expect(told({ kind: "open_shifts", data: { count: 25, shifts: [span] } }, reader)).toMatchObject({
    text: "You could claim 25 open shifts",
    detail: "First: Tue 12 May, 22:00–06:00, Night desk",
  });
});

test("a kind that is not known is told of all the same", () => {
  expect(told({ kind: "moon_phase", data: {} }, reader)).toMatchObject({ to: null });
});
