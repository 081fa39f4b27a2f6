/** What one was told, in a sentence, and the page on which it can be seen. */
import type { Notification } from "@/api/types";
import { dayLabel, dayOf, type Place as LocalPlace, timeOfDay } from "@/lib/calendar";
import { counted } from "@/lib/counted";

export interface Told {
  readonly text: string;
  readonly detail: string | null;
  /** Whether somebody has this page is for the navigation to say. */
  readonly to: string | null;
  /** What to look at on that page. */
  readonly hash?: string;
}

interface Reader {
  /** Which employee reads it, if they are one. */
  readonly own: string | null;
  readonly name: (employeeId: string | null | undefined) => string;
  readonly place: LocalPlace;
}

interface ShiftSpan {
  readonly starts_at: string;
  readonly ends_at: string;
  readonly position?: string | null;
}

interface ShiftNews extends ShiftSpan {
  readonly change: "added" | "changed" | "cancelled";
}

export function told({ kind, data }: Pick<Notification, "kind" | "data">, reader: Reader): Told {
  switch (kind) {
    case "shifts":
      return ofShifts(data as unknown as ShiftsData, reader);
    case "shift_request":
    case "shift_request_waits":
      return ofRequest(kind, data as unknown as RequestData, reader);
    case "shifts_offered":
      return ofOffers(data as unknown as ToTakeData, reader);
    case "open_shifts":
      return ofOpenShifts(data as unknown as ToTakeData, reader);
    case "leave_requested":
      return ofLeave(`${reader.name(String(data.employee_id))} asks for leave`);
    case "leave_decided":
      return ofLeave(`Your leave is ${String(data.status)}`);
    default:
      return { text: "There is something new", detail: null, to: null };
  }
}

const ofLeave = (text: string): Told => ({ text, detail: null, to: "/shifts/leave" });

interface ShiftsData {
  readonly added: number;
  readonly changed: number;
  readonly cancelled: number;
  readonly shifts: readonly ShiftNews[];
}

function ofShifts({ added, changed, cancelled, shifts }: ShiftsData, { place }: Reader): Told {
  const [first] = shifts;
  const to = "/shifts/mine";
  if (added + changed + cancelled === 1 && first) {
    const text = {
      added: "You have a new shift",
      changed: "A shift of yours was changed",
      cancelled: "A shift of yours was cancelled",
    }[first.change];
    return { text, detail: spanOf(first, place), to };
  }
  const parts = [
    added > 0 ? `${counted(added, "new shift")}` : null,
    changed > 0 ? `${changed} changed` : null,
    cancelled > 0 ? `${cancelled} cancelled` : null,
  ].filter((part) => part !== null);
  return {
    text: `Your shifts: ${parts.join(", ")}`,
    detail: firstOf(added + changed + cancelled, first, place),
    to,
  };
}

interface ToTakeData {
  readonly count: number;
  readonly shifts: readonly (ShiftSpan & {
    readonly shift_request_id?: string;
    readonly employee_id?: string;
  })[];
}

function ofOffers({ count, shifts }: ToTakeData, { name, place }: Reader): Told {
  const [first] = shifts;
  return {
    text:
      count === 1
        ? `${name(first?.employee_id)} offers a shift to everybody`
        : `${count} shifts are offered to everybody`,
    detail: firstOf(count, first, place),
    to: "/shifts/mine",
    ...(count === 1 && first?.shift_request_id
      ? { hash: `request-${first.shift_request_id}` }
      : {}),
  };
}

function ofOpenShifts({ count, shifts }: ToTakeData, { place }: Reader): Told {
  return {
    text: `You could claim ${count === 1 ? "an open shift" : `${count} open shifts`}`,
    detail: firstOf(count, shifts[0], place),
    to: "/shifts/open",
  };
}

/** When the one of them is, or the first of several. */
function firstOf(count: number, first: ShiftSpan | undefined, place: LocalPlace): string | null {
  if (first === undefined) {
    return null;
  }
  return count === 1 ? spanOf(first, place) : `First: ${spanOf(first, place)}`;
}

interface RequestData {
  readonly shift_request_id: string;
  readonly kind: "offer" | "swap" | "claim";
  readonly status: string;
  readonly starts_at: string;
  readonly employee_id: string;
  readonly other_employee_id: string | null;
}

function ofRequest(notification: string, data: RequestData, { own, name, place }: Reader): Told {
  const asker = name(data.employee_id);
  const other = name(data.other_employee_id);
  const isMine = own !== null && data.employee_id === own;
  const thing = { offer: "offer", swap: "swap", claim: "claim" }[data.kind];
  const detail = `${dayLabel(dayOf(data.starts_at, place.timeZone), place.locale)}, ${timeOfDay(data.starts_at, place)}`;
  const hash = `request-${data.shift_request_id}`;
  if (notification === "shift_request_waits") {
    const text =
      data.kind === "claim"
        ? `${asker} claims an open shift`
        : data.kind === "swap"
          ? `${asker} and ${other} want to swap`
          : `${other} would take a shift of ${asker}`;
    return { text: `${text}: your decision`, detail, to: "/shifts/requests", hash };
  }
  const text = isMine ? toldAsker(data, thing, other) : toldOther(data, thing, asker);
  return { text, detail, to: "/shifts/mine", hash };
}

function toldAsker({ kind, status }: RequestData, thing: string, other: string): string {
  switch (status) {
    case "accepted":
      return `${other} accepted your ${thing}; a manager decides`;
    case "done":
      return {
        offer: `${other} has your shift now`,
        swap: `Your swap with ${other} is done`,
        claim: "The shift that you claimed is yours",
      }[kind];
    case "declined":
      return `${other} declined your ${thing}`;
    case "refused":
      return `A manager refused your ${thing}`;
    default:
      return `Your ${thing} is ${status}`;
  }
}

function toldOther({ kind, status }: RequestData, thing: string, asker: string): string {
  switch (status) {
    case "open":
      return kind === "swap" ? `${asker} asks you for a swap` : `${asker} offers you a shift`;
    case "done":
      return kind === "swap"
        ? `Your swap with ${asker} is done`
        : `The shift of ${asker} is yours now`;
    case "refused":
      return `A manager refused the ${thing} of ${asker}`;
    default:
      return `The ${thing} of ${asker} is ${status}`;
  }
}

function spanOf({ starts_at, ends_at, position }: ShiftSpan, place: LocalPlace): string {
  const day = dayLabel(dayOf(starts_at, place.timeZone), place.locale);
  const times = `${timeOfDay(starts_at, place)}–${timeOfDay(ends_at, place)}`;
  return `${day}, ${times}${position ? `, ${position}` : ""}`;
}
