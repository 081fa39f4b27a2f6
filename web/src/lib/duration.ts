/**
 * Durations as people type and read them. All values are whole seconds.
 */

const secondsPer = { h: 3600, m: 60, s: 1 } as const;

const clockNotation = /^(\d+):([0-5]\d)(?::([0-5]\d))?$/;
const plainNumber = /^\d+$/;
const decimalNumber = /^(?:\d+[.,]\d*|[.,]\d+)$/;
const withUnits =
  /^(?:(\d+(?:[.,]\d+)?)\s*h(?:ours?|rs?)?)?\s*(?:(\d+(?:[.,]\d+)?)(?:\s*m(?:in(?:ute)?s?)?|(?=\s*$)))?\s*(?:(\d+)\s*s(?:ec(?:ond)?s?)?)?$/;

/**
 * Reads a duration: `90` is 90 minutes, `1.5` and `1,5` are hours, `1:30` is 1 h 30 min, and units
 * may be written (`1h30`, `1h 30m`, `90m`, `45s`). Answers null for what is not a duration.
 */
export function parseDuration(text: string): number | null {
  const input = text.trim().toLowerCase();
  if (input === "") {
    return null;
  }
  const clock = clockNotation.exec(input);
  if (clock) {
    return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  }
  if (plainNumber.test(input)) {
    return Number(input) * secondsPer.m;
  }
  if (decimalNumber.test(input)) {
    const hours = decimal(input);
    return Number.isNaN(hours) ? null : Math.round(hours * secondsPer.h);
  }
  const units = withUnits.exec(input);
  if (!units) {
    return null;
  }
  const [, hours, minutes, seconds] = units;
  return Math.round(
    decimal(hours) * secondsPer.h + decimal(minutes) * secondsPer.m + decimal(seconds),
  );
}

/** `1:02:09`: hours are not padded, so that columns of them align on the right. */
export function clockDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
}

/** `+1:02:09`, `−0:45:00`, and `0:00:00` for nothing. */
export function signedDuration(seconds: number): string {
  const sign = seconds > 0 ? "+" : seconds < 0 ? "\u2212" : "";
  return `${sign}${clockDuration(Math.abs(seconds))}`;
}

/** `1 h 2 min 9 s`; parts that are zero are left out. */
export function readableDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 3600), "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ] as const;
  const written = parts.filter(([value]) => value > 0).map(([value, unit]) => `${value} ${unit}`);
  return written.length > 0 ? written.join(" ") : "0 s";
}

/** ISO 8601 (`PT1H2M9S`), for the `dateTime` of a `<time>` element. */
export function isoDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `PT${hours}H${minutes}M${whole % 60}S`;
}

function decimal(text: string | undefined): number {
  return text === undefined ? 0 : Number(text.replace(",", "."));
}
