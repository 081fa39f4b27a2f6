/** Needs as people write them: the same times on several weekdays are one line. */
import type { StaffingNeed } from "@/api/types";
import { parseWallTime } from "@/lib/wall-clock";

export interface StaffingLine {
  readonly key: number;
  readonly position: string;
  /** 1 is Monday. */
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
  readonly number: number;
}

export function staffingLines(needs: readonly StaffingNeed[]): StaffingLine[] {
  const lines = new Map<string, StaffingLine>();
  for (const { position, weekday, from_time: from, to_time: to, number } of needs) {
    const id = [position, from, to, number].join("\u0000");
    const line = lines.get(id);
    lines.set(id, {
      key: line?.key ?? lines.size,
      position,
      days: [...(line?.days ?? []), weekday].sort(),
      from,
      to,
      number,
    });
  }
  return [...lines.values()];
}

export function needsOf(lines: readonly StaffingLine[]): StaffingNeed[] {
  return lines.flatMap(({ position, days, from, to, number }) =>
    days.map((weekday) => ({
      position: position.trim(),
      weekday,
      from_time: clockText(from),
      to_time: clockText(to),
      number,
    })),
  );
}

function clockText(typed: string): string {
  const time = parseWallTime(typed);
  return time
    ? `${String(time.hour).padStart(2, "0")}:${String(time.minute).padStart(2, "0")}`
    : typed;
}
