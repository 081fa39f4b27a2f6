import {
  ActionIcon,
  Button,
  CloseButton,
  Group,
  NativeSelect,
  TextInput,
  Tooltip,
} from "@mantine/core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconFolder,
  IconReceipt,
  IconSearch,
  IconTag,
  IconX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, useEffect, useRef, useState } from "react";
import { useMe, usePlace } from "@/api/me";
import { monthName, monthTitle, shiftMonth, yearMonthOf } from "@/lib/calendar";
import { Picker } from "@/ui/picker";
import { ChosenFilters } from "./chosen-filters";
import classes from "./filter-bar.module.css";
import { firstYearQuery, type HoursFilter } from "./queries";

const loadLists = () => import("./filter-lists");
const ProjectFilterList = lazy(async () => ({ default: (await loadLists()).ProjectFilterList }));
const TagFilterList = lazy(async () => ({ default: (await loadLists()).TagFilterList }));
const BillableFilterList = lazy(async () => ({ default: (await loadLists()).BillableFilterList }));

const typingPauseMs = 300;
const months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** Narrows the sessions down by year, month, text and tag; the address keeps what was chosen. */
export function FilterBar({
  filter,
  onFilter,
  today,
}: {
  filter: HoursFilter;
  onFilter: (filter: HoursFilter, replace?: boolean) => void;
  today: string;
}) {
  const { person } = useMe();
  const { locale, timeZone } = usePlace();
  const firstYear = useQuery(firstYearQuery(person.id, timeZone));
  const now = yearMonthOf(today);
  const { year, month } = filter;
  const ofAnyDay = { ...filter, from: undefined, to: undefined };
  const years = yearsBetween(
    Math.min(firstYear.data ?? now.year, year ?? now.year),
    Math.max(now.year, year ?? now.year),
  );

  function step(by: number) {
    if (year === undefined) {
      return;
    }
    onFilter(
      month === undefined
        ? { ...ofAnyDay, year: year + by }
        : { ...ofAnyDay, ...shiftMonth({ year, month }, by) },
    );
  }

  const unit = month === undefined ? "year" : "month";
  const isThisMonth = year === now.year && month === now.month;

  return (
    <search className={classes.bar} aria-label="Filter sessions">
      <Group gap={6} wrap="nowrap" className={classes.period ?? ""}>
        <Tooltip label={`Previous ${unit}`} disabled={year === undefined}>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={`Previous ${unit}`}
            disabled={year === undefined}
            onClick={() => step(-1)}
          >
            <IconChevronLeft size={17} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <NativeSelect
          className={classes.month ?? ""}
          aria-label="Month"
          value={month ?? ""}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            onFilter({
              ...ofAnyDay,
              year: chosen === "" ? year : (year ?? now.year),
              month: chosen === "" ? undefined : Number(chosen),
            });
          }}
        >
          <option value="">All months</option>
          {months.map((number) => (
            <option key={number} value={number}>
              {monthName(number, locale)}
            </option>
          ))}
        </NativeSelect>
        <NativeSelect
          className={classes.year ?? ""}
          aria-label="Year"
          value={year ?? ""}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            onFilter(
              chosen === ""
                ? { ...ofAnyDay, year: undefined, month: undefined }
                : { ...ofAnyDay, year: Number(chosen) },
            );
          }}
        >
          <option value="">All years</option>
          {years.map((number) => (
            <option key={number} value={number}>
              {number}
            </option>
          ))}
        </NativeSelect>
        <Tooltip label={`Next ${unit}`} disabled={year === undefined}>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={`Next ${unit}`}
            disabled={year === undefined}
            onClick={() => step(1)}
          >
            <IconChevronRight size={17} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      {!isThisMonth && (
        <Button
          variant="subtle"
          size="compact-sm"
          aria-label={`This month, ${monthTitle(now, locale)}`}
          onClick={() => onFilter({ ...ofAnyDay, ...now })}
        >
          This month
        </Button>
      )}
      {year !== undefined && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() => onFilter({ ...filter, year: undefined, month: undefined })}
        >
          All
        </Button>
      )}
      <Picker
        label="Choose a project to show"
        title="Show one project or client"
        className={classes.narrow}
        list={(close) => <ProjectFilterList filter={filter} onFilter={onFilter} onClose={close} />}
      >
        <IconFolder size={16} stroke={1.7} aria-hidden />
        <span>Project</span>
      </Picker>
      <Picker
        label="Choose a tag to show"
        title="Show one tag"
        className={classes.narrow}
        list={(close) => <TagFilterList filter={filter} onFilter={onFilter} onClose={close} />}
      >
        <IconTag size={16} stroke={1.7} aria-hidden />
        <span>Tag</span>
      </Picker>
      <Picker
        label="Show what is billable or not"
        title="Billable or not"
        className={classes.narrow}
        list={(close) => <BillableFilterList filter={filter} onFilter={onFilter} onClose={close} />}
      >
        <IconReceipt size={16} stroke={1.7} aria-hidden />
        <span>Billable</span>
      </Picker>
      {filter.tag && (
        <button
          type="button"
          className={classes.chosen}
          aria-label={`Tagged ${filter.tag}. Show all tags again`}
          onClick={() => onFilter({ ...filter, tag: undefined })}
        >
          <IconTag size={14} aria-hidden />
          <span>{filter.tag}</span>
          <IconX size={14} aria-hidden />
        </button>
      )}
      <ChosenFilters filter={filter} onFilter={onFilter} />
      <SearchField
        value={filter.q ?? ""}
        onSearch={(text) => onFilter({ ...filter, q: text === "" ? undefined : text }, true)}
      />
    </search>
  );
}

/** Searches in a pause of the typing; what the address says wins when it changes by itself. */
function SearchField({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function send(next: string) {
    clearTimeout(timer.current);
    sent.current = next.trim();
    onSearch(sent.current);
  }

  return (
    <TextInput
      id="search-sessions"
      className={classes.search ?? ""}
      type="search"
      aria-label="Search sessions"
      placeholder="Search names"
      maxLength={200}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        text !== "" && (
          <CloseButton
            size="sm"
            aria-label="Clear the search"
            onClick={() => {
              setText("");
              send("");
            }}
          />
        )
      }
      value={text}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => send(next), typingPauseMs);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          send(text);
        }
      }}
    />
  );
}

function yearsBetween(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => last - index);
}
