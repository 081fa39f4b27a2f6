import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Employee, Shift } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { readableDuration } from "@/lib/duration";
import { Dialog } from "@/ui/dialog";
import { locationsQuery } from "./catalogue-queries";
import { nameOf } from "./queries";
import classes from "./roster.module.css";
import { drawn } from "./roster-model";
import { spokenSpan } from "./shift-chip";

/** A shift for those who do not change it. */
export function ShiftDetails({
  shift,
  employee,
  place,
  closed,
  close,
}: {
  shift: Shift;
  employee: Employee | undefined;
  place: Place;
  /** Why a manager does not change it either. */
  closed: string | null;
  close: () => void;
}) {
  const locations = useQuery(locationsQuery).data ?? [];
  const one = drawn(shift);
  const location = locations.find(({ id }) => id === shift.location_id)?.name;
  const length = readableDuration(one.to - one.from);
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    ["Length", shift.break_minutes > 0 ? `${length}, ${shift.break_minutes} min of break` : length],
    ["Position", shift.position],
    ["Location", location],
    ["Note", shift.note],
  ];
  return (
    <Dialog isOpen title={employee ? nameOf(employee) : "Shift"} onClose={close}>
      <Text fw={550} className="tabular">
        {spokenSpan(one, place)}
      </Text>
      <dl className={classes.details}>
        {rows.map(
          ([label, value]) =>
            value && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {closed !== null && (
        <Text size="sm" c="dimmed" mt="md">
          {closed}: this shift does not change any more.
        </Text>
      )}
    </Dialog>
  );
}
