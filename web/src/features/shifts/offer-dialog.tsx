import { Skeleton, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "@/api/problem";
import type { Candidate, Shift } from "@/api/types";
import type { Place } from "@/lib/calendar";
import { matches } from "@/lib/search";
import { AskDialog } from "./ask-dialog";
import { nameOf } from "./queries";
import { shiftCandidatesQuery, type Team } from "./request-queries";
import { whyNotThey } from "./request-wording";
import classes from "./requests.module.css";

const everybody = "everybody";
/** With more people than these one searches for a name. */
const fewEnough = 8;

/** Gives a shift away: to whoever takes it, or to somebody, of whom it is said who could have it. */
export function OfferDialog({
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
  const candidates = useQuery(shiftCandidatesQuery(shift.id));
  const [chosen, setChosen] = useState(everybody);
  const [search, setSearch] = useState("");
  const found = candidates.data ?? [];
  const able = found.filter((one) => one.eligible).length;
  const shown = [...found]
    .sort((one, other) => Number(other.eligible) - Number(one.eligible))
    .filter((one) => matches(nameOf(one), search));

  const isForAll = chosen === everybody;

  return (
    <AskDialog
      shift={shift}
      team={team}
      place={place}
      title="Offer this shift"
      action="Offer shift"
      aboutNote="Whoever you offer it to reads it."
      wish={{
        body: { kind: "offer", ...(isForAll ? {} : { other_employee_id: chosen }) },
        said: `Offered to ${isForAll ? "everybody" : team.name(chosen)}.`,
      }}
      close={close}
    >
      {found.length > fewEnough && (
        <TextInput
          type="search"
          aria-label="Search colleagues"
          placeholder="Search colleagues"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <fieldset className={classes.choices} aria-label="To whom">
        <label className={classes.choice}>
          <input
            type="radio"
            name="to"
            data-autofocus
            checked={chosen === everybody}
            onChange={() => setChosen(everybody)}
          />
          <span>
            Everybody
            <small>
              {candidates.data
                ? `${able} of ${found.length} could have it; whoever takes it first`
                : "Whoever takes it first"}
            </small>
          </span>
        </label>
        {candidates.isPending && <Skeleton height={80} role="status" aria-label="Loading" />}
        {shown.map((one) => (
          <Choice
            key={one.employee_id}
            candidate={one}
            isChosen={chosen === one.employee_id}
            onChoose={() => setChosen(one.employee_id)}
          />
        ))}
        {candidates.data && shown.length === 0 && search !== "" && (
          <Text size="sm" c="dimmed" p="xs">
            Nobody is called “{search}”.
          </Text>
        )}
      </fieldset>
      {candidates.isError && (
        <Text size="sm" c="error">
          {explain(candidates.error)}
        </Text>
      )}
    </AskDialog>
  );
}

function Choice({
  candidate,
  isChosen,
  onChoose,
}: {
  candidate: Candidate;
  isChosen: boolean;
  onChoose: () => void;
}) {
  return (
    <label className={classes.choice} data-off={!candidate.eligible}>
      <input
        type="radio"
        name="to"
        disabled={!candidate.eligible}
        checked={isChosen}
        onChange={onChoose}
      />
      <span>
        {nameOf(candidate)}
        {!candidate.eligible && <small>{whyNotThey(candidate.obstacles)}</small>}
      </span>
    </label>
  );
}
