/** Rounding of durations in reports and exports, as addresses and the API name it. */

export const roundingModes = ["up", "down", "nearest"] as const;
/** Those that divide an hour. */
export const roundingSteps = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] as const;

export interface Rounding {
  readonly mode: (typeof roundingModes)[number];
  readonly minutes: (typeof roundingSteps)[number];
}

/** What is asked for; nothing is what the organisation has set, and `none` as tracked. */
export type AskedRounding = Rounding | "none" | undefined;

export interface RoundingSearch {
  readonly rounding?: Rounding["mode"] | "none";
  readonly rounding_minutes?: Rounding["minutes"];
}

/** Absent where an address asks for nothing, or for something that there is not. */
export function readRounding(search: Record<string, unknown>): AskedRounding {
  if (search.rounding === "none") {
    return "none";
  }
  const mode = roundingModes.find((known) => known === search.rounding);
  const minutes = roundingSteps.find((known) => String(known) === String(search.rounding_minutes));
  return mode && minutes ? { mode, minutes } : undefined;
}

export function writeRounding(rounding: AskedRounding): RoundingSearch {
  if (rounding === "none") {
    return { rounding };
  }
  return rounding ? { rounding: rounding.mode, rounding_minutes: rounding.minutes } : {};
}

/** What comes of what is asked for where `standard` is the organisation's; null: as tracked. */
export function roundingInForce(
  asked: AskedRounding,
  standard: Rounding | null | undefined,
): Rounding | null {
  return asked === "none" ? null : (asked ?? standard ?? null);
}

/** `up to 15 min`, as it stands wherever rounded figures do. */
export function roundingText({ mode, minutes }: Rounding): string {
  return `${mode === "nearest" ? "to the nearest" : `${mode} to`} ${minutes} min`;
}
