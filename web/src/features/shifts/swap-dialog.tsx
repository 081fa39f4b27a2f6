import { Button, Group, Skeleton, Switch, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "@/api/problem";
import type { Shift, SwapCandidate } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { matches } from "@/lib/search";
import { AskDialog } from "./ask-dialog";
import { ShiftWords } from "./request-card";
import { swapCandidatesQuery, type Team } from "./request-queries";
import { whyNotThey, whyNotYou } from "./request-wording";
import classes from "./requests.module.css";

/** Asks a colleague for a shift in exchange; it is said which ones could be exchanged. */
export function SwapDialog({
  shift,
  team,
  place,
  close,
}: {
  shift: Shift;
  team: Team;
  place: Place;
  close: () => void;
}) {
  const candidates = useInfiniteQuery(swapCandidatesQuery(shift.id));
  const [chosen, setChosen] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const [showsAll, setShowsAll] = useState(false);
  const found = candidates.data?.pages.flatMap((page) => page.items) ?? [];
  const shown = found.filter(
    (one) =>
      (showsAll || one.eligible) &&
      matches(`${team.name(one.shift.employee_id)} ${one.shift.position ?? ""}`, search),
  );
  const other = found.find((one) => one.shift.id === chosen)?.shift;

  return (
    <AskDialog
      shift={shift}
      team={team}
      place={place}
      title="Swap this shift"
      action="Ask for swap"
      wish={
        other
          ? {
              body: { kind: "swap", other_shift_id: other.id },
              said: `${team.name(other.employee_id)} is asked for the swap.`,
            }
          : null
      }
      close={close}
    >
      <TextInput
        type="search"
        aria-label="Search shifts of colleagues"
        placeholder="Search by name or position"
        data-autofocus
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Switch
        label="Also those that cannot be swapped, and why"
        checked={showsAll}
        onChange={(event) => setShowsAll(event.currentTarget.checked)}
      />
      <fieldset className={classes.choices} aria-label="For which shift">
        {candidates.isPending ? (
          <Skeleton height={120} role="status" aria-label="Loading shifts" />
        ) : candidates.data === undefined ? (
          <Text size="sm" c="error" p="xs" role="alert">
            {explain(candidates.error)}
          </Text>
        ) : (
          shown.map((one) => (
            <Choice
              key={one.shift.id}
              candidate={one}
              name={team.name(one.shift.employee_id)}
              place={place}
              isChosen={chosen === one.shift.id}
              onChoose={() => setChosen(one.shift.id)}
            />
          ))
        )}
        {candidates.data && shown.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            {found.length > 0 && !showsAll && search === ""
              ? "None of the shifts of your colleagues here can be swapped for it."
              : "No shift of a colleague is found."}
          </Text>
        )}
        {candidates.hasNextPage && (
          <Group justify="center" p="xs">
            <Button
              variant="subtle"
              size="compact-sm"
              loading={candidates.isFetchingNextPage}
              onClick={() => void candidates.fetchNextPage()}
            >
              Later shifts
            </Button>
          </Group>
        )}
      </fieldset>
    </AskDialog>
  );
}

function Choice({
  candidate: { shift, eligible, obstacles, other_obstacles },
  name,
  place,
  isChosen,
  onChoose,
}: {
  candidate: SwapCandidate;
  name: string;
  place: Place;
  isChosen: boolean;
  onChoose: () => void;
}) {
  return (
    <label className={classes.choice} data-off={!eligible}>
      <input type="radio" name="for" disabled={!eligible} checked={isChosen} onChange={onChoose} />
      <span>
        <span className={classes.day}>{name}</span>
        <ShiftWords shift={shift} place={place} />
        {!eligible && (
          <small>
            {obstacles.length > 0
              ? whyNotYou(obstacles)
              : `${name} ${other_obstacles?.length ? whyNotThey(other_obstacles) : "cannot have yours"}.`}
          </small>
        )}
      </span>
    </label>
  );
}
