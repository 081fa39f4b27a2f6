import { Badge, Button, Group, NativeSelect, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCoins, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import type { Rate } from "@/api/types";
import { shortDate } from "@/lib/calendar";
import { rateText } from "@/lib/money";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { BillingForm } from "./billing-form";
import { useProjects } from "./catalogue-queries";
import { useAddRate, useCorrectRate, useRemoveRate } from "./rate-actions";
import { RateForm } from "./rate-form";
import { billingSettingsQuery, ratesQuery } from "./rate-queries";
import { groupsOf, type RateGroup, rateFor, reasonOf, type Whose } from "./rate-rules";
import classes from "./rates-page.module.css";
import { RoundingForm } from "./rounding-form";
import { peopleQuery } from "./timesheet-queries";
import { useToday } from "./use-today";

/** Whose rates are shown, as the address says; all without either. */
export interface RatesChoice {
  readonly person_id?: string;
  readonly project_id?: string;
}

interface Names {
  /** Active people and projects in use, to choose from. */
  readonly people: readonly { id: string; name: string }[];
  readonly projects: readonly { id: string; name: string }[];
  readonly of: (whose: Whose) => string;
}

/** What an hour costs: of everybody, a person, a project, or a person in a project. */
export function RatesPage({
  choice,
  onChoose,
}: {
  choice: RatesChoice;
  onChoose: (choice: RatesChoice) => void;
}) {
  usePageTitle("Rates");
  const { role } = useMe();
  const { timeZone } = usePlace();
  const today = useToday(timeZone);
  const keeps = role !== "member";
  const names = useNames(keeps);
  const rates = useQuery(ratesQuery);
  const billing = useQuery(billingSettingsQuery);

  if ((rates.isError && !rates.data) || (billing.isError && !billing.data)) {
    return (
      <LoadFailure
        what="The rates"
        error={rates.error ?? billing.error}
        retry={() => {
          void rates.refetch();
          void billing.refetch();
        }}
        retrying={rates.isFetching || billing.isFetching}
      />
    );
  }
  if (!rates.data || !billing.data) {
    return <Skeleton height={320} radius="lg" role="status" aria-label="Loading the rates" />;
  }
  const { currency } = billing.data;
  const shown = rates.data.filter(
    (rate) =>
      (!choice.person_id || rate.person_id === choice.person_id) &&
      (!choice.project_id || rate.project_id === choice.project_id),
  );
  const groups = groupsOf(shown, today, names.of);
  const isNarrowed = choice.person_id !== undefined || choice.project_id !== undefined;

  return (
    <div className={classes.columns}>
      <div className={classes.column}>
        {keeps && (
          <section className={classes.card} aria-labelledby="set-a-rate">
            <Title order={2} size="h3" id="set-a-rate" mb="md">
              Set a rate
            </Title>
            <SetRate
              key={`${choice.person_id} ${choice.project_id}`}
              choice={choice}
              names={names}
              rates={rates.data}
              currency={currency}
              today={today}
            />
          </section>
        )}
        <section className={classes.card} aria-labelledby="rates">
          <Group justify="space-between" mb="xs">
            <Title order={2} size="h3" id="rates">
              {isNarrowed ? `Rates of ${names.of(choice)}` : "Rates"}
            </Title>
            {isNarrowed && (
              <Button variant="default" size="compact-sm" onClick={() => onChoose({})}>
                Show all rates
              </Button>
            )}
          </Group>
          {groups.length === 0 ? (
            <EmptyState
              icon={<IconCoins size={26} stroke={1.6} aria-hidden />}
              title={isNarrowed ? "No rates of its own" : "No rates yet"}
            >
              {isNarrowed
                ? "The less specific rates count."
                : keeps
                  ? "Set one for everybody first; rates of people and projects go before it. Until then, billable hours have no amount."
                  : "There is none that your hours are charged with, or amounts are not shown to members."}
            </EmptyState>
          ) : (
            <ul className={classes.groups}>
              {groups.map((group) => (
                <RatesOf
                  key={group.id}
                  group={group}
                  name={names.of({ person_id: group.personId, project_id: group.projectId })}
                  currency={currency}
                  keeps={keeps}
                />
              ))}
            </ul>
          )}
        </section>
      </div>
      <div className={classes.column}>
        <section className={classes.card} aria-labelledby="which-rate">
          <Title order={2} size="h3" id="which-rate">
            Which rate counts
          </Title>
          <Text size="sm" c="dimmed" mt={4}>
            Of the rates that count on the day a billable session starts, the most specific one:
          </Text>
          <ol className={classes.order}>
            <li>of the person in the project,</li>
            <li>of the project,</li>
            <li>of the person,</li>
            <li>of everybody.</li>
          </ol>
          {keeps && (
            <WhatAnHourCosts names={names} rates={rates.data} currency={currency} today={today} />
          )}
        </section>
        {keeps && (
          <>
            <BillingForm key={`${currency} ${billing.dataUpdatedAt}`} settings={billing.data} />
            <RoundingForm settings={billing.data} />
          </>
        )}
      </div>
    </div>
  );
}

function SetRate({
  choice,
  names,
  rates,
  currency,
  today,
}: {
  choice: RatesChoice;
  names: Names;
  rates: readonly Rate[];
  currency: string;
  today: string;
}) {
  const { locale } = usePlace();
  const [personId, setPersonId] = useState(choice.person_id ?? "");
  const [projectId, setProjectId] = useState(choice.project_id ?? "");
  const [round, setRound] = useState(0);
  const add = useAddRate();
  const correct = useCorrectRate();
  const whose = { person_id: personId || null, project_id: projectId || null };
  const what = names.of(whose);
  const sameDay = (from: string | null) =>
    rates.find(
      (rate) =>
        rate.person_id === whose.person_id &&
        rate.project_id === whose.project_id &&
        rate.effective_from === from,
    );
  const done = { onSuccess: () => setRound((before) => before + 1) };

  return (
    <RateForm
      key={round}
      label="Set a rate"
      first={{ hourly_rate: "", effective_from: today }}
      currency={currency}
      locale={locale}
      save="Set rate"
      error={add.error ?? correct.error}
      isSaving={(add.isPending && !add.isPaused) || (correct.isPending && !correct.isPaused)}
      hint={({ hourly_rate, effective_from }) => {
        const since =
          effective_from === null ? "" : ` from ${shortDate(effective_from, locale)} on`;
        const before = sameDay(effective_from);
        return (
          <>
            {hourly_rate === null
              ? `There is no rate of ${what}${since}.`
              : `An hour of ${what} costs ${rateText(hourly_rate, currency, locale)}${since}.`}{" "}
            {before
              ? `It replaces the rate that begins then (${hourText(before, locale)}).`
              : effective_from === null
                ? "It also counts for what was tracked before."
                : "Amounts of what started before that day stay as they are."}
          </>
        );
      }}
      onSave={(change) => {
        const before = sameDay(change.effective_from);
        if (before) {
          correct.mutate({ before, change, what }, done);
        } else {
          add.mutate({ rate: { ...whose, ...change }, key: newIdempotencyKey(), what }, done);
        }
      }}
    >
      <WhosePickers
        names={names}
        personId={personId}
        projectId={projectId}
        onPerson={setPersonId}
        onProject={setProjectId}
      />
    </RateForm>
  );
}

function WhosePickers({
  names,
  personId,
  projectId,
  onPerson,
  onProject,
}: {
  names: Names;
  personId: string;
  projectId: string;
  onPerson: (id: string) => void;
  onProject: (id: string) => void;
}) {
  return (
    <Group align="flex-start" grow wrap="wrap" preventGrowOverflow={false}>
      <NativeSelect
        label="Person"
        value={personId}
        onChange={(event) => onPerson(event.currentTarget.value)}
      >
        <option value="">Everybody</option>
        {names.people.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </NativeSelect>
      <NativeSelect
        label="Project"
        value={projectId}
        onChange={(event) => onProject(event.currentTarget.value)}
      >
        <option value="">Every project</option>
        {names.projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </NativeSelect>
    </Group>
  );
}

/** So many of those that count no more are shown at once. */
const mostPast = 2;

function RatesOf({
  group,
  name,
  currency,
  keeps,
}: {
  group: RateGroup;
  name: string;
  currency: string;
  keeps: boolean;
}) {
  const { locale } = usePlace();
  const [editing, setEditing] = useState<string | null>(null);
  const [isUnfolded, setUnfolded] = useState(false);
  const correct = useCorrectRate();
  const remove = useRemoveRate();
  const presentAt = group.present ? group.rates.indexOf(group.present) : group.rates.length;
  const kept = presentAt + 1 + mostPast;
  const shown = isUnfolded ? group.rates : group.rates.slice(0, kept);

  return (
    <li className={classes.group}>
      <h3 className={classes.name}>{name}</h3>
      <ul className={classes.rates} aria-label={`Rates of ${name}`}>
        {shown.map((rate, index) => {
          const since = rate.effective_from
            ? `from ${shortDate(rate.effective_from, locale)}`
            : "from the beginning";
          if (editing === rate.id) {
            return (
              <li key={rate.id} className={classes.editing}>
                <RateForm
                  label={`Correct the rate of ${name}, ${since}`}
                  first={rate}
                  currency={currency}
                  locale={locale}
                  save="Save"
                  error={correct.error}
                  isSaving={correct.isPending && !correct.isPaused}
                  hint={() =>
                    "A correction changes the amounts of all hours that this rate counts for, past ones too. To leave the past alone, set a rate from a later day on."
                  }
                  onSave={(change) =>
                    correct.mutate(
                      { before: rate, change, what: name },
                      { onSuccess: () => setEditing(null) },
                    )
                  }
                  onCancel={() => {
                    correct.reset();
                    setEditing(null);
                  }}
                />
              </li>
            );
          }
          return (
            <li key={rate.id} className={classes.rate} data-past={index > presentAt}>
              <span className={classes.what}>
                <span className={classes.cost}>{hourText(rate, locale)}</span>
                <Text span size="sm" c="dimmed" className={classes.since ?? ""}>
                  {since}
                </Text>
                {index === presentAt ? (
                  <Badge size="sm" variant="light">
                    Now
                  </Badge>
                ) : (
                  index < presentAt && (
                    <Badge size="sm" variant="light" color="gray">
                      To come
                    </Badge>
                  )
                )}
              </span>
              {keeps && (
                <Group gap={2} wrap="nowrap">
                  <button
                    type="button"
                    className={classes.icon}
                    aria-label={`Correct the rate of ${name} ${since}`}
                    title="Correct"
                    onClick={() => setEditing(rate.id)}
                  >
                    <IconPencil size={16} stroke={1.8} aria-hidden />
                  </button>
                  <button
                    type="button"
                    className={classes.icon}
                    aria-label={`Remove the rate of ${name} ${since}`}
                    title="Remove"
                    disabled={remove.isPending}
                    onClick={() => remove.mutate({ rate, what: name })}
                  >
                    <IconTrash size={16} stroke={1.8} aria-hidden />
                  </button>
                </Group>
              )}
            </li>
          );
        })}
      </ul>
      {group.rates.length > kept && (
        <Button
          variant="subtle"
          size="compact-sm"
          aria-expanded={isUnfolded}
          onClick={() => setUnfolded((before) => !before)}
        >
          {isUnfolded ? "Only the latest" : `${group.rates.length - kept} earlier`}
        </Button>
      )}
    </li>
  );
}

/** The rate of an hour today, for a person in a project, and which rate that is. */
function WhatAnHourCosts({
  names,
  rates,
  currency,
  today,
}: {
  names: Names;
  rates: readonly Rate[];
  currency: string;
  today: string;
}) {
  const { locale } = usePlace();
  const [personId, setPersonId] = useState("");
  const [projectId, setProjectId] = useState("");
  const rate = rateFor(rates, { person_id: personId, project_id: projectId }, today);
  return (
    <Stack gap="xs" mt="md" role="group" aria-label="Try it">
      <WhosePickers
        names={names}
        personId={personId}
        projectId={projectId}
        onPerson={setPersonId}
        onProject={setProjectId}
      />
      <Text size="sm" role="status">
        {rate?.hourly_rate
          ? `Today an hour costs ${rateText(rate.hourly_rate, currency, locale)}: ${reasonOf(rate)}.`
          : "Today no rate counts: such hours have no amount."}
      </Text>
    </Stack>
  );
}

function hourText({ hourly_rate, currency }: Rate, locale: string): string {
  return hourly_rate === null ? "No rate" : `${rateText(hourly_rate, currency, locale)} an hour`;
}

function useNames(seesEveryone: boolean): Names {
  const { person } = useMe();
  const people = useQuery({ ...peopleQuery, enabled: seesEveryone });
  const { byId } = useProjects();
  const nameOf = new Map(
    (people.data ?? [{ id: person.id, name: person.name }]).map(({ id, name }) => [id, name]),
  );
  return {
    people: (people.data ?? []).filter(({ active }) => active),
    projects: [...byId.values()]
      .filter(({ archived }) => !archived)
      .map(({ id, name, clientName }) => ({
        id,
        name: clientName ? `${name} · ${clientName}` : name,
      })),
    of: ({ person_id, project_id }) => {
      const whom = person_id ? (nameOf.get(person_id) ?? "…") : null;
      const where = project_id ? (byId.get(project_id)?.name ?? "…") : null;
      return whom && where ? `${whom} in ${where}` : (whom ?? where ?? "everybody");
    },
  };
}
