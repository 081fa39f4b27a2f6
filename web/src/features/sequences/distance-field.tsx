import { TextInput } from "@mantine/core";
import { useId } from "react";
import classes from "./search.module.css";

/** How many edits are allowed: a slider for the usual numbers, and a field for any. */
export function DistanceField({
  value,
  most,
  onChange,
}: {
  value: number;
  /** Of the slider. */
  most: number;
  onChange: (value: number) => void;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className={classes.label}>
        At most so many edits
      </label>
      <div className={classes.distanceField}>
        <input
          id={id}
          type="range"
          className={classes.slider}
          min={0}
          max={Math.max(most, 1)}
          value={Math.min(value, Math.max(most, 1))}
          onChange={(event) => onChange(Number(event.currentTarget.value))}
        />
        <TextInput
          aria-label="Number of edits"
          inputMode="numeric"
          w="4.5rem"
          value={String(value)}
          onChange={(event) => {
            const text = event.currentTarget.value.replace(/\D/g, "").slice(0, 5);
            onChange(text === "" ? 0 : Number(text));
          }}
        />
      </div>
    </div>
  );
}
