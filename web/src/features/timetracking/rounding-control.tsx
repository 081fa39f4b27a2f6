import { Group, NativeSelect } from "@mantine/core";
import { type Rounding, roundingModes, roundingSteps } from "./rounding";

const labels: Record<Rounding["mode"], string> = {
  up: "Rounded up",
  down: "Rounded down",
  nearest: "Rounded to the nearest",
};
const usualMinutes = 15;

/** Which way and to what each session's duration is rounded. */
export function RoundingControl({
  rounding,
  onChange,
}: {
  rounding: Rounding | undefined;
  onChange: (rounding: Rounding | undefined) => void;
}) {
  return (
    <Group gap="xs" role="group" aria-label="Rounding">
      <NativeSelect
        aria-label="Rounding"
        value={rounding?.mode ?? ""}
        onChange={(event) => {
          const mode = roundingModes.find((known) => known === event.currentTarget.value);
          onChange(mode && { mode, minutes: rounding?.minutes ?? usualMinutes });
        }}
      >
        <option value="">As tracked, not rounded</option>
        {roundingModes.map((mode) => (
          <option key={mode} value={mode}>
            {labels[mode]}
          </option>
        ))}
      </NativeSelect>
      {rounding && (
        <NativeSelect
          aria-label="Rounded to minutes"
          value={rounding.minutes}
          onChange={(event) => {
            const minutes = roundingSteps.find(
              (known) => known === Number(event.currentTarget.value),
            );
            if (minutes) {
              onChange({ ...rounding, minutes });
            }
          }}
        >
          {roundingSteps.map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutes === 60 ? "1 hour" : `${minutes} min`}
            </option>
          ))}
        </NativeSelect>
      )}
    </Group>
  );
}
