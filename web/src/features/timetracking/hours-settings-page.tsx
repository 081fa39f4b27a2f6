import {
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import {
  infiniteQueryOptions,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe, usePlace } from "@/api/me";
import { explain, isProblem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { CheckSettings, Target } from "@/api/types";
import { addDays, shortDate, weekdayName } from "@/lib/calendar";
import { parseDuration, readableDuration } from "@/lib/duration";
import { isDate } from "@/lib/wall-clock";
import { LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { checkSettingsQuery } from "./check-queries";
import classes from "./hours-settings-page.module.css";
import { hoursText, readHours, weekText } from "./target-text";
import { useToday } from "./use-today";

const dayLimit = 86_400;
const weekLimit = 7 * dayLimit;
const aMonday = "2026-03-02";
const weekdayNumbers = [0, 1, 2, 3, 4, 5, 6] as const;

const targetsQuery = (personId: string) =>
  infiniteQueryOptions({
    queryKey: ["targets", personId],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/targets", {
          signal,
          params: {
            query: { person_id: personId, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

const colleaguesQuery = queryOptions({
  queryKey: ["people", "for targets"],
  staleTime: 60_000,
  queryFn: ({ signal }) =>
    answer(api.GET("/api/v1/people", { signal, params: { query: { limit: 500 } } })),
});

/** How long one means to work, and from when on something in one's hours is odd. */
export function HoursSettingsPage() {
  usePageTitle("Hours, settings");
  return (
    <div className={classes.columns}>
      <Targets />
      <Checks />
    </div>
  );
}

function Targets() {
  const { person, role } = useMe();
  const [personId, setPersonId] = useState(person.id);
  const isManager = role !== "member";
  const people = useQuery({ ...colleaguesQuery, enabled: isManager });
  const targets = useInfiniteQuery(targetsQuery(personId));
  const items = targets.data?.pages.flatMap((page) => page.items) ?? [];
  const others = people.data?.items.filter(({ active, id }) => active && id !== person.id) ?? [];

  return (
    <section className={classes.card} aria-labelledby="targets">
      <Stack gap="md">
        <div>
          <Title order={2} size="h3" id="targets">
            Targets
          </Title>
          <Text size="sm" c="dimmed" mt={4}>
            How long to work, from a day on. What was before stays as it was.
          </Text>
        </div>
        {others.length > 0 && (
          <NativeSelect
            label="Whose"
            value={personId}
            onChange={(event) => setPersonId(event.currentTarget.value)}
          >
            <option value={person.id}>{person.name} (you)</option>
            {others.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </NativeSelect>
        )}
        {targets.isError && items.length === 0 ? (
          <LoadFailure
            what="The targets"
            error={targets.error}
            retry={() => void targets.refetch()}
            retrying={targets.isFetching}
          />
        ) : targets.isSuccess ? (
          <>
            <TargetForm
              key={`${personId} ${items[0]?.id ?? ""} ${items[0]?.updated_at ?? ""}`}
              personId={personId}
              targets={items}
            />
            <TargetList targets={items} />
            {targets.hasNextPage && (
              <Button
                variant="default"
                size="sm"
                loading={targets.isFetchingNextPage}
                onClick={() => void targets.fetchNextPage()}
              >
                Load more
              </Button>
            )}
          </>
        ) : null}
      </Stack>
    </section>
  );
}

/** Sets a target from a day on; one that begins on that day already is changed. */
function TargetForm({ personId, targets }: { personId: string; targets: readonly Target[] }) {
  const queryClient = useQueryClient();
  const { locale, timeZone } = usePlace();
  const today = useToday(timeZone);
  const present = targets[0];
  const [from, setFrom] = useState(present ? today : `${today.slice(0, 4)}-01-01`);
  const [days, setDays] = useState(() =>
    weekdayNumbers.map((day) => hoursText(present?.daily_seconds[day])),
  );
  const [week, setWeek] = useState(hoursText(present?.weekly_seconds));

  const read = days.map((text) => readHours(text, dayLimit));
  const weekly = readHours(week, weekLimit);
  const sum = read.reduce<number>((total, seconds) => total + (seconds ?? 0), 0);
  const isRight = !read.includes(null) && weekly !== null && isDate(from);

  const save = useMutation({
    mutationFn: (key: string) => {
      const body = {
        effective_from: from,
        daily_seconds: read.map((seconds) => seconds ?? 0),
        weekly_seconds: week.trim() === "" ? null : weekly,
      };
      const same = targets.find((target) => target.effective_from === from);
      return same
        ? answer(
            api.PATCH("/api/v1/targets/{target_id}", {
              params: { path: { target_id: same.id } },
              body,
            }),
          )
        : answer(
            api.POST("/api/v1/targets", {
              body: { ...body, person_id: personId },
              headers: { "Idempotency-Key": key },
            }),
          );
    },
    onSuccess: async () => {
      showDone("The target is saved.");
      await refresh(queryClient, "targets", "sessions");
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isRight) {
      save.mutate(newIdempotencyKey());
    }
  }

  return (
    <form onSubmit={submit} aria-label="New target">
      <Stack gap="md">
        <div className={classes.week}>
          {weekdayNumbers.map((day) => (
            <TextInput
              key={day}
              label={weekdayName(addDays(aMonday, day), locale)}
              placeholder="–"
              inputMode="text"
              autoComplete="off"
              value={days[day] ?? ""}
              error={read[day] === null ? "?" : null}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setDays((before) => before.map((text, index) => (index === day ? value : text)));
              }}
            />
          ))}
        </div>
        <Group align="flex-start" grow wrap="wrap" preventGrowOverflow={false}>
          <TextInput
            label="Week"
            description="Where it is not the sum of its days."
            placeholder={sum > 0 ? hoursText(sum) : "–"}
            autoComplete="off"
            value={week}
            error={weekly === null ? "Such as 30 or 38:30." : null}
            onChange={(event) => setWeek(event.currentTarget.value)}
          />
          <TextInput
            type="date"
            label="From"
            description="The first day it counts for."
            required
            withAsterisk={false}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
        </Group>
        <Text size="sm" c={isRight ? "dimmed" : "error"} role="status" className="tabular">
          {isRight
            ? sum > 0 || weekly
              ? `${readableDuration(week.trim() === "" ? sum : (weekly ?? 0))} a week.`
              : "No target."
            : "Hours such as 8, 7.5 or 7:30, at most 24 a day."}
        </Text>
        {save.error && (
          <Text size="sm" c="error" role="alert">
            {explain(save.error)}
          </Text>
        )}
        <Group>
          <Button type="submit" disabled={!isRight} loading={save.isPending && !save.isPaused}>
            {targets.some((target) => target.effective_from === from)
              ? "Change target"
              : "Set target"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function TargetList({ targets }: { targets: readonly Target[] }) {
  const queryClient = useQueryClient();
  const { locale } = usePlace();
  const weekdays = weekdayNumbers.map((day) => weekdayName(addDays(aMonday, day), locale));
  const bringBack = useMutation({
    mutationFn: ({ effective_from, daily_seconds, weekly_seconds, person_id }: Target) =>
      answer(
        api.POST("/api/v1/targets", {
          body: {
            effective_from,
            daily_seconds,
            weekly_seconds: weekly_seconds ?? null,
            person_id,
          },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onError: (error) => showFailure("The target wasn’t brought back", error),
    onSettled: () => refresh(queryClient, "targets", "sessions"),
  });
  const remove = useMutation({
    mutationFn: async ({ id }: Target) => {
      try {
        await answer(
          api.DELETE("/api/v1/targets/{target_id}", { params: { path: { target_id: id } } }),
        );
      } catch (error) {
        if (!isProblem(error, "target_not_found")) {
          throw error;
        }
      }
    },
    onSuccess: (_nothing, target) =>
      showUndo(`Removed the target from ${shortDate(target.effective_from, locale)}.`, () =>
        bringBack.mutate(target),
      ),
    onError: (error) => showFailure("The target wasn’t removed", error),
    onSettled: () => refresh(queryClient, "targets", "sessions"),
  });
  if (targets.length === 0) {
    return null;
  }
  return (
    <ul className={classes.targets} aria-label="Targets so far">
      {targets.map((target) => {
        const since = shortDate(target.effective_from, locale);
        const week =
          target.weekly_seconds ??
          target.daily_seconds.reduce((total, seconds) => total + seconds, 0);
        const text = weekText(target.daily_seconds, weekdays, readableDuration);
        return (
          <li key={target.id} className={classes.target}>
            <div className={classes.grow}>
              <Text size="sm" fw={550}>
                From {since}
              </Text>
              <Text size="sm" c="dimmed" className="tabular">
                {week === 0
                  ? "No target"
                  : `${readableDuration(week)} a week${text ? `: ${text}` : ""}`}
              </Text>
            </div>
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              leftSection={<IconTrash size={15} aria-hidden />}
              aria-label={`Remove the target from ${since}`}
              loading={remove.isPending && remove.variables.id === target.id}
              onClick={() => remove.mutate(target)}
            >
              Remove
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

type Threshold = Exclude<keyof CheckSettings["effective"], "notice_overnight">;

const thresholds: readonly {
  readonly name: Threshold;
  readonly label: string;
  readonly least: number;
  readonly most: number;
  readonly inHours: boolean;
  readonly off?: string;
}[] = [
  {
    name: "minimum_gap_seconds",
    label: "Gaps from",
    least: 60,
    most: dayLimit,
    inHours: false,
  },
  {
    name: "longest_gap_seconds",
    label: "Gaps up to",
    least: 0,
    most: dayLimit,
    inHours: true,
    off: "Looks for no gaps",
  },
  {
    name: "short_session_seconds",
    label: "Sessions shorter than",
    least: 0,
    most: 3600,
    inHours: false,
    off: "None is too short",
  },
  {
    name: "long_session_seconds",
    label: "Sessions longer than",
    least: 0,
    most: 31 * dayLimit,
    inHours: true,
    off: "None is too long",
  },
];

function Checks() {
  const { role } = useMe();
  const [whose, setWhose] = useState<"own" | "organisation">("own");
  const settings = useQuery(checkSettingsQuery);
  const isAdmin = role === "owner" || role === "admin";
  return (
    <section className={classes.card} aria-labelledby="what-is-odd">
      <Stack gap="md">
        <div>
          <Title order={2} size="h3" id="what-is-odd">
            What is odd
          </Title>
          <Text size="sm" c="dimmed" mt={4}>
            From when on the checks show something, and from when on a running timer is asked about.
            A field that is left empty follows the default.
          </Text>
        </div>
        {isAdmin && (
          <SegmentedControl
            aria-label="Whose settings"
            data={[
              { value: "own", label: "Mine" },
              { value: "organisation", label: "The organisation’s" },
            ]}
            value={whose}
            onChange={(value) => setWhose(value as typeof whose)}
          />
        )}
        {settings.data ? (
          <CheckForm
            key={`${whose} ${settings.dataUpdatedAt}`}
            whose={whose}
            state={settings.data.data}
          />
        ) : settings.isError ? (
          <LoadFailure
            what="The settings"
            error={settings.error}
            retry={() => void settings.refetch()}
            retrying={settings.isFetching}
          />
        ) : null}
      </Stack>
    </section>
  );
}

function CheckForm({ whose, state }: { whose: "own" | "organisation"; state: CheckSettings }) {
  const queryClient = useQueryClient();
  const set = state[whose];
  // What counts where nothing is typed.
  const behind = (name: keyof CheckSettings["effective"]) =>
    (whose === "own" ? state.organisation[name] : null) ?? state.defaults[name];
  const [texts, setTexts] = useState<Record<Threshold, string>>(
    () =>
      Object.fromEntries(
        thresholds.map(({ name }) => [
          name,
          set[name] == null ? "" : set[name] === 0 ? "0" : spelt(set[name]),
        ]),
      ) as Record<Threshold, string>,
  );
  const [overnight, setOvernight] = useState(
    set.notice_overnight ?? Boolean(behind("notice_overnight")),
  );

  const read = Object.fromEntries(
    thresholds.map(({ name, least, most, inHours }) => {
      const text = texts[name].trim();
      if (text === "") {
        return [name, null];
      }
      const seconds = text === "0" ? 0 : inHours ? readHours(text, most) : parseDuration(text);
      return [name, seconds === null || seconds < least || seconds > most ? undefined : seconds];
    }),
  ) as Record<Threshold, number | null | undefined>;
  const isRight = !Object.values(read).includes(undefined);

  const save = useMutation({
    mutationFn: () => {
      const body = {
        ...(read as Record<Threshold, number | null>),
        notice_overnight: overnight === Boolean(behind("notice_overnight")) ? null : overnight,
      };
      return whose === "own"
        ? answer(api.PATCH("/api/v1/sessions/checks/settings", { body })).then(() => undefined)
        : answer(api.PATCH("/api/v1/sessions/checks/defaults", { body })).then(() => undefined);
    },
    onSuccess: async () => {
      showDone("The settings are saved.");
      await refresh(queryClient, "check-settings", "sessions", "timer");
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isRight) {
      save.mutate();
    }
  }

  return (
    <form onSubmit={submit} aria-label="What is odd">
      <Stack gap="md">
        <div className={classes.thresholds}>
          {thresholds.map(({ name, label, off }) => {
            const seconds = read[name];
            return (
              <TextInput
                key={name}
                label={label}
                autoComplete="off"
                placeholder={spelt(Number(behind(name)))}
                description={
                  seconds === null
                    ? `Default: ${Number(behind(name)) === 0 ? (off ?? "0") : spelt(Number(behind(name)))}`
                    : seconds === 0
                      ? off
                      : seconds === undefined
                        ? undefined
                        : spelt(seconds)
                }
                error={seconds === undefined ? "Such as 45m, 1:30 or 10h." : null}
                value={texts[name]}
                onChange={(event) => {
                  const { value } = event.currentTarget;
                  setTexts((before) => ({ ...before, [name]: value }));
                }}
              />
            );
          })}
        </div>
        <Switch
          label="Ask about a timer that ran over the night"
          checked={overnight}
          onChange={(event) => setOvernight(event.currentTarget.checked)}
        />
        {save.error && (
          <Text size="sm" c="error" role="alert">
            {explain(save.error)}
          </Text>
        )}
        <Group>
          <Button type="submit" disabled={!isRight} loading={save.isPending && !save.isPaused}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function spelt(seconds: number): string {
  return readableDuration(seconds);
}
