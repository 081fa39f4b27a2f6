import { Text, Title } from "@mantine/core";
import { useMe } from "@/api/me";
import { explain } from "@/api/problem";
import type { BillingSettings } from "@/api/types";
import { useChangeBilling } from "./rate-actions";
import classes from "./rates-page.module.css";
import { roundingText } from "./rounding";
import { RoundingControl } from "./rounding-control";

/** How reports and exports are rounded unless somebody chooses otherwise; for admins to change. */
export function RoundingForm({ settings }: { settings: BillingSettings }) {
  const { role } = useMe();
  const save = useChangeBilling();
  const { rounding } = settings;
  return (
    <section className={classes.card} aria-labelledby="rounding">
      <Title order={2} size="h3" id="rounding">
        Rounding
      </Title>
      <Text size="sm" c="dimmed" mt={4} mb="md">
        Of each session, in reports and exports and for amounts, unless another is chosen there.
        What was tracked stays as it is.
      </Text>
      {role === "owner" || role === "admin" ? (
        <RoundingControl
          rounding={rounding ?? undefined}
          onChange={(next) =>
            save.mutate({
              to: { rounding: next === undefined || next === "none" ? null : next },
              before: settings,
            })
          }
        />
      ) : (
        <Text size="sm">
          {rounding ? `Rounded ${roundingText(rounding)}.` : "As tracked, not rounded."} Admins can
          change it.
        </Text>
      )}
      {save.error && (
        <Text size="sm" c="error" role="alert" mt="xs">
          {explain(save.error)}
        </Text>
      )}
    </section>
  );
}
