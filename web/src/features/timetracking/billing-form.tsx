import { Button, Group, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import { explain } from "@/api/problem";
import type { BillingSettings } from "@/api/types";
import { currencyName } from "@/lib/money";
import { useChangeBilling } from "./rate-actions";
import classes from "./rates-page.module.css";

/** The currency of all amounts, and who sees them; for admins to change. */
export function BillingForm({ settings }: { settings: BillingSettings }) {
  const { role } = useMe();
  const { locale } = usePlace();
  const [typed, setTyped] = useState(settings.currency);
  const save = useChangeBilling();
  const mayChange = role === "owner" || role === "admin";
  const currency = typed.trim().toUpperCase();
  const name = currencyName(currency, locale);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name !== null && currency !== settings.currency) {
      save.mutate({ to: { currency }, before: settings });
    }
  }

  return (
    <section className={classes.card} aria-labelledby="currency">
      <Title order={2} size="h3" id="currency">
        Currency and amounts
      </Title>
      {mayChange ? (
        <form onSubmit={submit} aria-label="Currency">
          <Stack gap="md" mt="md">
            <Group align="flex-end" gap="xs" wrap="nowrap">
              <TextInput
                label="Currency"
                description={name ?? "A code of three letters, such as EUR."}
                autoComplete="off"
                maxLength={3}
                value={typed}
                error={currency.length === 3 && name === null ? "No known currency." : null}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
              <Button
                type="submit"
                variant="default"
                disabled={name === null || currency === settings.currency}
                loading={save.isPending && !save.isPaused && save.variables?.to.currency != null}
              >
                Change
              </Button>
            </Group>
            <Text size="sm" c="dimmed">
              Nothing is converted: rates keep their numbers in another currency.
            </Text>
            <Switch
              label="Members see amounts"
              description="What their own hours are charged with. Otherwise members see durations only."
              checked={settings.members_see_amounts}
              disabled={save.isPending}
              onChange={(event) =>
                save.mutate({
                  to: { members_see_amounts: event.currentTarget.checked },
                  before: settings,
                })
              }
            />
            {save.error && (
              <Text size="sm" c="error" role="alert">
                {explain(save.error)}
              </Text>
            )}
          </Stack>
        </form>
      ) : (
        <Text size="sm" c="dimmed" mt={4}>
          Amounts are in {currencyName(settings.currency, locale) ?? settings.currency} (
          {settings.currency}).{" "}
          {settings.members_see_amounts
            ? "Members see what their own hours are charged with."
            : "Members see durations only."}{" "}
          Admins can change both.
        </Text>
      )}
    </section>
  );
}
