import {
  Button,
  Group,
  type MantineColorScheme,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
  useMantineColorScheme,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useMemo, useState } from "react";
import { answer, api } from "@/api/client";
import { meQuery, useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { Person } from "@/api/types";
import { dateAndTime } from "@/lib/calendar";
import { usePageTitle } from "@/ui/page-title";
import { showDone } from "@/ui/toasts";
import { browserTimeZone } from "./actions";
import { PasswordCard } from "./password-card";
import classes from "./settings.module.css";

const weekStarts: { value: Person["week_start"]; label: string }[] = [
  { value: "monday", label: "Monday" },
  { value: "sunday", label: "Sunday" },
  { value: "saturday", label: "Saturday" },
];

const offeredLocales = [
  "en-GB",
  "en-US",
  "en-AU",
  "en-CA",
  "en-IE",
  "en-IN",
  "en-ZA",
  "cs-CZ",
  "da-DK",
  "de-AT",
  "de-CH",
  "de-DE",
  "el-GR",
  "es-ES",
  "es-MX",
  "fi-FI",
  "fr-CA",
  "fr-CH",
  "fr-FR",
  "hu-HU",
  "it-IT",
  "ja-JP",
  "ko-KR",
  "nb-NO",
  "nl-BE",
  "nl-NL",
  "pl-PL",
  "pt-BR",
  "pt-PT",
  "ro-RO",
  "sk-SK",
  "sl-SI",
  "sv-SE",
  "tr-TR",
  "uk-UA",
  "zh-CN",
  "zh-TW",
];

/** What a person decides about themselves. */
export function ProfilePage() {
  usePageTitle("Profile");
  const queryClient = useQueryClient();
  const { person, sends_email: sendsEmail } = useMe();
  const [values, setValues] = useState({
    name: person.name,
    time_zone: person.time_zone,
    locale: person.locale,
    week_start: person.week_start,
    email_notifications: person.email_notifications,
  });
  const save = useMutation({
    mutationFn: (body: Partial<typeof values>) => answer(api.PATCH("/api/v1/me", { body })),
    onSuccess: async (me) => {
      queryClient.setQueryData(meQuery.queryKey, me);
      showDone("Your profile is saved.");
      await refresh(queryClient, "me", "sessions");
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const changes = Object.fromEntries(
    Object.entries({ ...values, name: values.name.trim() }).filter(
      ([key, value]) => person[key as keyof typeof values] !== value,
    ),
  ) as Partial<typeof values>;
  const hasChanges = Object.keys(changes).length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (hasChanges) {
      save.mutate(changes);
    }
  }

  return (
    <div className={classes.columns}>
      <form className={classes.card} onSubmit={submit} aria-label="Profile">
        <Stack gap="md">
          <Title order={2} size="h3">
            You
          </Title>
          <TextInput
            label="Name"
            required
            withAsterisk={false}
            maxLength={200}
            autoComplete="name"
            value={values.name}
            error={problem?.field("name")}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setValues((before) => ({ ...before, name: value }));
            }}
          />
          <TimeZoneField
            value={values.time_zone}
            error={problem?.field("time_zone") ?? null}
            onChange={(value) => setValues((before) => ({ ...before, time_zone: value }))}
          />
          <LocaleField
            value={values.locale}
            timeZone={values.time_zone}
            error={problem?.field("locale") ?? null}
            onChange={(value) => setValues((before) => ({ ...before, locale: value }))}
          />
          <div>
            <Text component="label" id="week-start" size="sm" fw={550}>
              The week starts on
            </Text>
            <SegmentedControl
              mt={4}
              fullWidth
              aria-labelledby="week-start"
              data={weekStarts}
              value={values.week_start}
              onChange={(value) =>
                setValues((before) => ({ ...before, week_start: value as Person["week_start"] }))
              }
            />
          </div>
          {sendsEmail && (
            <Switch
              label="E-mail"
              description={`What you are told in Benchbook also goes to ${person.email}.`}
              checked={values.email_notifications}
              onChange={(event) => {
                const { checked } = event.currentTarget;
                setValues((before) => ({ ...before, email_notifications: checked }));
              }}
            />
          )}
          {save.error && (problem?.fields.length ?? 0) === 0 && (
            <Text size="sm" c="error" role="alert">
              {explain(save.error)}
            </Text>
          )}
          <Group>
            <Button
              type="submit"
              loading={save.isPending && !save.isPaused}
              disabled={!hasChanges || save.isPaused}
            >
              Save
            </Button>
            {save.isPaused && (
              <Text size="sm" c="dimmed" role="status">
                Kept here; it is saved when Benchbook is back.
              </Text>
            )}
          </Group>
        </Stack>
      </form>
      <Stack gap="lg">
        <ColourScheme />
        <PasswordCard />
      </Stack>
    </div>
  );
}

function TimeZoneField({
  value,
  error,
  onChange,
}: {
  value: string;
  error: string | null;
  onChange: (value: string) => void;
}) {
  const zones = useMemo(
    () => [...new Set(["UTC", value, ...Intl.supportedValuesOf("timeZone")])].sort(),
    [value],
  );
  const here = browserTimeZone();
  return (
    <Select
      label="Time zone"
      description={
        here === value
          ? "Days and times are shown as they are there."
          : `This device is in ${here}.`
      }
      searchable
      allowDeselect={false}
      nothingFoundMessage="No such time zone"
      limit={80}
      data={zones}
      value={value}
      error={error}
      onChange={(zone) => zone && onChange(zone)}
    />
  );
}

function LocaleField({
  value,
  timeZone,
  error,
  onChange,
}: {
  value: string;
  timeZone: string;
  error: string | null;
  onChange: (value: string) => void;
}) {
  const data = useMemo(() => {
    const names = new Intl.DisplayNames(["en"], { type: "language" });
    return [...new Set([value, ...offeredLocales])]
      .map((locale) => ({ value: locale, label: nameOf(names, locale) }))
      .sort((left, right) => left.label.localeCompare(right.label));
  }, [value]);
  return (
    <Select
      label="Dates and numbers"
      description={`Such as ${dateAndTime(Date.now(), { locale: value, timeZone })}.`}
      searchable
      allowDeselect={false}
      data={data}
      value={value}
      error={error}
      onChange={(locale) => locale && onChange(locale)}
    />
  );
}

function ColourScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <section className={classes.card} aria-labelledby="colours">
      <Title order={2} size="h3" id="colours">
        Colours
      </Title>
      <Text size="sm" c="dimmed" mt={4} mb="sm">
        On this device only.
      </Text>
      <SegmentedControl
        fullWidth
        aria-labelledby="colours"
        data={[
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
          { value: "auto", label: "As the device" },
        ]}
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
      />
    </section>
  );
}

function nameOf(names: Intl.DisplayNames, locale: string): string {
  try {
    return names.of(locale) ?? locale;
  } catch {
    return locale;
  }
}
