import { Button, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { explain } from "@/api/problem";
import { currencyName, readRate } from "@/lib/money";
import { isDate } from "@/lib/wall-clock";
import type { RateChange } from "./rate-actions";

/** What an hour costs and from when on: to set a rate, or to correct one. */
export function RateForm({
  label,
  first,
  currency,
  locale,
  save,
  error,
  isSaving,
  hint,
  onSave,
  onCancel,
  children,
}: {
  label: string;
  first: RateChange;
  currency: string;
  locale: string;
  save: string;
  error: unknown;
  isSaving: boolean;
  /** What saving would do, said beneath the fields. */
  hint: (change: RateChange) => ReactNode;
  onSave: (change: RateChange) => void;
  onCancel?: () => void;
  children?: ReactNode;
}) {
  const [text, setText] = useState(first.hourly_rate ?? "");
  const [isNone, setNone] = useState(first.hourly_rate === null);
  const [from, setFrom] = useState(first.effective_from ?? "");
  const rate = isNone ? null : readRate(text);
  const isRight = (isNone || rate !== null) && (from === "" || isDate(from));
  const change = { hourly_rate: rate, effective_from: from === "" ? null : from };

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isRight) {
      onSave(change);
    }
  }

  return (
    <form onSubmit={submit} aria-label={label}>
      <Stack gap="md">
        {children}
        <Group align="flex-start" grow wrap="wrap" preventGrowOverflow={false}>
          <TextInput
            label="An hour costs"
            description={`In ${currencyName(currency, locale) ?? currency}.`}
            placeholder={isNone ? "No rate" : "85.00"}
            inputMode="decimal"
            autoComplete="off"
            disabled={isNone}
            rightSection={
              <Text span size="xs" c="dimmed">
                {currency}
              </Text>
            }
            rightSectionWidth={52}
            value={isNone ? "" : text}
            error={!isNone && text.trim() !== "" && rate === null ? "Such as 85 or 85.50." : null}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label="From"
            description="Empty: from the beginning, past hours too."
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
        </Group>
        <Switch
          label="No rate from then on"
          description="It ends one: the less specific rate counts again."
          checked={isNone}
          onChange={(event) => setNone(event.currentTarget.checked)}
        />
        {isRight && (
          <Text size="sm" c="dimmed" role="status">
            {hint(change)}
          </Text>
        )}
        {error != null && (
          <Text size="sm" c="error" role="alert">
            {explain(error)}
          </Text>
        )}
        <Group gap="xs">
          <Button type="submit" disabled={!isRight} loading={isSaving}>
            {save}
          </Button>
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
