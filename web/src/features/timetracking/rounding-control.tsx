import { Group, NativeSelect } from "@mantine/core";
import {
  type AskedRounding,
  type Rounding,
  roundingModes,
  roundingSteps,
  roundingText,
} from "./rounding";

const labels: Record<Rounding["mode"], string> = {
  up: "Rounded up",
  down: "Rounded down",
  nearest: "Rounded to the nearest",
};
const usualMinutes = 15;

/** Which way and to what each session's duration is rounded; as `standard` unless chosen. */
export function RoundingControl({
  rounding: asked,
  standard = null,
  onChange,
}: {
  rounding: AskedRounding;
  standard?: Rounding | null | undefined;
  onChange: (rounding: AskedRounding) => void;
}) {
  const rounding = asked === "none" ? undefined : asked;
  return (
    <Group gap="xs" role="group" aria-label="Rounding">
      <NativeSelect
        aria-label="Rounding"
        value={rounding?.mode ?? (standard && asked ? "none" : "")}
        onChange={(event) => {
          const { value } = event.currentTarget;
          const mode = roundingModes.find((known) => known === value);
          const minutes = rounding?.minutes ?? standard?.minutes ?? usualMinutes;
          onChange(mode ? { mode, minutes } : value === "none" ? "none" : undefined);
        }}
      >
        {standard && <option value="">As the organisation does: {roundingText(standard)}</option>}
        <option value={standard ? "none" : ""}>As tracked, not rounded</option>
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
