import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { usePlace } from "@/api/me";
import { dayLabel, type Place, timeOfDay, weekdayName } from "@/lib/calendar";
import { clockDuration, isoDuration, readableDuration } from "@/lib/duration";
import { type Axis, bottomOf, type PlacedDay, ticksOf, topOf } from "@/lib/zoned-day";
import { announce } from "@/ui/announcer";
import classes from "./calendar.module.css";
import {
  type BlockProject,
  CalendarBlock,
  placeStyle,
  spokenTimes,
  timesText,
} from "./calendar-block";
import { type Block, cutInto, type Span } from "./calendar-blocks";
import { type DayAt, dayFinder, movedByDays, movedByStep } from "./calendar-drag";
import { type GhostStore, makeGhostStore } from "./calendar-drag-store";
import type { DrawnSession } from "./calendar-page";
import type { LinkParts } from "./overview-page";
import { useCalendarDrag } from "./use-calendar-drag";
import { useCalendarKeys } from "./use-calendar-keys";

/** What is at the upper edge when the calendar opens: half past seven. */
const firstShown = { wall: 7 * 3600, further: 1800 };
const cursorStep = 900;
const cursorLength = 1800;

/** Days side by side along their hours. */
export function CalendarGrid({
  days,
  axis,
  blocks,
  byId,
  projectOf,
  sums,
  today,
  now,
  draft,
  form,
  formSpan,
  dayLink,
  onCreate,
  onOpen,
  onRetime,
  onDelete,
  onStep,
}: {
  days: readonly PlacedDay[];
  axis: Axis;
  blocks: readonly Block[];
  byId: ReadonlyMap<string, DrawnSession>;
  projectOf: ReadonlyMap<string, BlockProject>;
  /** What each day adds up to; null while it loads. */
  sums: readonly number[] | null;
  today: string;
  now: number;
  /** The times for which a form is open, when nothing is there yet. */
  draft: Span | null;
  form: ReactNode;
  /** Where the form belongs. */
  formSpan: Span | null;
  dayLink: (date: string, parts: LinkParts) => ReactNode;
  onCreate: (span: Span) => void;
  onOpen: (one: DrawnSession) => void;
  /** New times of a session, and how to say them. */
  onRetime: (one: DrawnSession, span: Span, spoken: string) => void;
  onDelete: (one: DrawnSession) => void;
  onStep: (direction: -1 | 1) => void;
}) {
  const place = usePlace();
  const { locale, timeZone } = place;
  const scroller = useRef<HTMLElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  const dayAt = useMemo(() => dayFinder(timeZone), [timeZone]);
  const [ghost] = useState(makeGhostStore);

  const inOrder = useMemo(
    () =>
      [...new Set(blocks.filter(({ index }) => index === 0).map(({ id }) => id))]
        .flatMap((id) => grabbed(byId.get(id)))
        .sort((left, right) => left.from - right.from || left.to - right.to),
    [blocks, byId],
  );
  const drawnBlocks = useMemo(
    () => [...blocks].sort((left, right) => left.from - right.from || left.to - right.to),
    [blocks],
  );
  const [active, setActive] = useState<string | null>(null);
  const reachable = inOrder.some(({ id }) => id === active) ? active : (inOrder[0]?.id ?? null);

  const focusOn = (id: string) => {
    setActive(id);
    blockOf(surface.current, id)?.focus();
  };
  const retime = (id: string, span: Span) => {
    const one = byId.get(id);
    if (one) {
      onRetime(one, span, spokenSpan(span, dayAt, place));
    }
  };
  const find = (id: string) => grabbed(byId.get(id))[0];
  const drag = useCalendarDrag({
    surface,
    scroller,
    days,
    axis,
    dayAt,
    ghost,
    find,
    onRetime: retime,
    onCreate,
    onSwipe: onStep,
  });
  const keys = useCalendarKeys({
    days,
    dayAt,
    ghost,
    place,
    inOrder,
    find,
    focusOn,
    onRetime: retime,
    onCreate,
    onDelete: (id) => {
      const one = byId.get(id);
      if (one) {
        onDelete(one);
      }
    },
    onLeave: onStep,
  });

  const latest = useRef({ byId, onOpen, hasJustEnded: drag.hasJustEnded });
  latest.current = { byId, onOpen, hasJustEnded: drag.hasJustEnded };
  const [open] = useState(() => (id: string) => {
    const one = latest.current.byId.get(id);
    if (one && !latest.current.hasJustEnded()) {
      latest.current.onOpen(one);
    }
  });

  useScrollToWork(scroller, axis);
  useKeptFocus(surface, blocks);
  useReturnedFocus(form !== null, surface);

  const formPlace = formSpan && placeOf(formSpan, days);
  const nowDay = days.findIndex(({ from, to }) => from <= now && now < to);
  const keyedDragged = useSyncExternalStore(ghost.subscribe, () => ghost.get()?.id ?? null);

  return (
    <section
      ref={scroller}
      className={classes.scroller}
      aria-label="Calendar"
      style={{ "--days": days.length, "--hours": axis.seconds / 3600 } as CSSProperties}
    >
      <div className={classes.head}>
        <span className={classes.zone} title={`Times in ${timeZone}`}>
          {zoneName(days[0]?.from ?? now, timeZone, locale)}
        </span>
        {days.map((day, index) => (
          <div key={day.date} className={classes.dayHead} data-today={day.date === today}>
            {dayLink(day.date, {
              className: classes.dayName,
              children: (
                <>
                  {weekdayName(day.date, locale)} <strong>{Number(day.date.slice(8))}</strong>
                </>
              ),
            })}
            <DaySum seconds={sums?.[index] ?? null} day={day} />
          </div>
        ))}
      </div>
      <div className={classes.body}>
        <div className={classes.hours} aria-hidden>
          {ticksOf(axis).map(({ top, wall, isAgain }) => (
            <span
              key={top}
              className={classes.hour}
              data-again={isAgain}
              style={{ "--top": top / 3600 } as CSSProperties}
            >
              {top > 0 && clockTime(wall, locale)}
              {isAgain && <em>again</em>}
            </span>
          ))}
        </div>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the blocks within are buttons, and
            everything that the pointer does here the keys do from them and from the cursor */}
        <div
          ref={surface}
          className={classes.surface}
          data-testid="calendar-days"
          data-dragging={drag.draggedId !== null}
          onPointerDown={drag.onPointerDown}
          onContextMenu={(event) => {
            // A finger that rests is about to drag.
            if ((event.nativeEvent as globalThis.PointerEvent).pointerType === "touch") {
              event.preventDefault();
            }
          }}
          onKeyDown={keys.onKeyDown}
          onKeyUp={keys.onKeyUp}
          onBlur={keys.onBlur}
          onFocus={(event) => {
            const id = (event.target as HTMLElement).dataset.session;
            if (id !== undefined) {
              setActive(id);
            }
          }}
        >
          <Lines axis={axis} days={days} today={today} locale={locale} />
          <Cursor days={days} dayAt={dayAt} now={now} place={place} onCreate={onCreate} />
          {drawnBlocks.map((block) => {
            const one = byId.get(block.id);
            return one ? (
              <CalendarBlock
                key={`${block.id}/${block.index}`}
                block={block}
                session={one.session}
                span={one}
                date={days[block.day]?.date ?? today}
                project={
                  one.session.project_id === null
                    ? undefined
                    : projectOf.get(one.session.project_id)
                }
                isReachable={block.id === reachable}
                isDragged={block.id === drag.draggedId || block.id === keyedDragged}
                onOpen={open}
              />
            ) : null;
          })}
          {nowDay >= 0 && days[nowDay] && (
            <span
              className={classes.now}
              style={
                {
                  "--day": nowDay,
                  "--top": topOf(days[nowDay], now) / 3600,
                } as CSSProperties
              }
            />
          )}
          {draft && (
            <GhostParts span={draft} name="New session" days={days} place={place} isStill />
          )}
          {/* Contained: what moves in it never has the blocks laid out anew. */}
          <div className={classes.layer}>
            <GhostLayer store={ghost} days={days} place={place} />
          </div>
        </div>
        {/* Outside of the surface, so that pressing in the form is not pressing on the calendar. */}
        {form && (
          <div className={classes.formPlace} style={formPlace ? placeStyle(formPlace) : {}}>
            {form}
          </div>
        )}
      </div>
    </section>
  );
}

function DaySum({ seconds, day }: { seconds: number | null; day: PlacedDay }) {
  const hours = (day.to - day.from) / 3600;
  return (
    <span className={classes.daySum}>
      {seconds === null ? (
        "\u00a0"
      ) : (
        <time dateTime={isoDuration(seconds)} title={readableDuration(seconds)}>
          {seconds === 0 ? "–" : clockDuration(seconds).slice(0, -3)}
        </time>
      )}
      {hours !== 24 && (
        <span className={classes.dayHours} title="The clocks change on this day">
          {hours === 0 ? "skipped" : `${hours} h day`}
        </span>
      )}
    </span>
  );
}

/** The paper: lines of the hours, borders of the days, and the time that a day does not have. */
function Lines({
  axis,
  days,
  today,
  locale,
}: {
  axis: Axis;
  days: readonly PlacedDay[];
  today: string;
  locale: string;
}) {
  return (
    <div className={classes.lines}>
      {ticksOf(axis).map(({ top }) => (
        <span key={top} className={classes.line} style={{ "--top": top / 3600 } as CSSProperties} />
      ))}
      {days.map((day, index) => (
        <span
          key={day.date}
          className={classes.dayColumn}
          data-today={day.date === today}
          style={{ "--day": index } as CSSProperties}
        />
      ))}
      {days.flatMap((day, index) =>
        day.absences.map(({ top, seconds, isSkipped }) => (
          <span
            key={`${day.date}/${top}`}
            className={classes.absence}
            data-skipped={isSkipped}
            style={placeStyle({ day: index, top, height: seconds, left: 0, width: 1 })}
            title={
              isSkipped
                ? `The clock skips this time on ${dayLabel(day.date, locale)}`
                : `This hour comes a second time on another day only`
            }
          >
            {isSkipped ? "skipped" : ""}
          </span>
        )),
      )}
    </div>
  );
}

/** Draws what is dragged. The only part that is drawn again while the pointer moves. */
function GhostLayer({
  store,
  days,
  place,
}: {
  store: GhostStore;
  days: readonly PlacedDay[];
  place: Place;
}) {
  const ghost = useSyncExternalStore(store.subscribe, store.get);
  return ghost && <GhostParts span={ghost} name={ghost.name} days={days} place={place} />;
}

function GhostParts({
  span,
  name,
  days,
  place,
  isStill = false,
}: {
  span: Span;
  name: string;
  days: readonly PlacedDay[];
  place: Place;
  isStill?: boolean;
}) {
  return cutInto([{ id: "", from: span.from, to: span.to }], days).map((part) => {
    const day = days[part.day];
    if (!day) {
      return null;
    }
    const top = topOf(day, part.from);
    const block = { day: part.day, top, height: bottomOf(day, part.to) - top, left: 0, width: 1 };
    return (
      <span
        key={part.day}
        className={classes.ghost}
        data-still={isStill}
        data-testid="ghost"
        aria-hidden
        style={placeStyle(block)}
      >
        {part.index === 0 && (
          <span className={classes.ghostLabel}>
            <strong>{timesText(span, place)}</strong> {readableDuration(span.to - span.from)}
            <span className={classes.ghostName}>{name}</span>
          </span>
        )}
      </span>
    );
  });
}

/** A place in empty time for the keyboard: arrows move it, Enter writes down a session there. */
function Cursor({
  days,
  dayAt,
  now,
  place,
  onCreate,
}: {
  days: readonly PlacedDay[];
  dayAt: DayAt;
  now: number;
  place: Place;
  onCreate: (span: Span) => void;
}) {
  const [chosen, setChosen] = useState<Span | null>(null);
  const first = days[0]?.from ?? 0;
  const end = days.at(-1)?.to ?? 0;
  const isShown = chosen !== null && chosen.from >= first && chosen.from < end;
  const usual = first <= now && now < end ? now - (now % cursorStep) : first + 9 * 3600;
  const cursor = isShown ? chosen : { from: usual, to: usual + cursorLength };
  const at = placeOf(cursor, days);
  const button = useRef<HTMLButtonElement>(null);

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const direction = event.key === "ArrowUp" || event.key === "ArrowLeft" ? -1 : 1;
    let next: Span | null = null;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      next = event.shiftKey
        ? {
            from: cursor.from,
            to: Math.max(cursor.from + cursorStep, cursor.to + direction * cursorStep),
          }
        : movedByStep(cursor, direction, cursorStep, dayAt);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      next = movedByDays(cursor, direction, place.timeZone);
    } else if (event.key === "n" || event.key === "N") {
      event.preventDefault();
      onCreate(cursor);
    }
    if (next) {
      event.preventDefault();
      if (next.from >= first && next.from < end) {
        setChosen(next);
        announce(spokenSpan(next, dayAt, place));
        requestAnimationFrame(() => button.current?.scrollIntoView({ block: "nearest" }));
      }
    }
  }

  return (
    <button
      ref={button}
      type="button"
      className={classes.cursor}
      aria-label={`New session, ${spokenSpan(cursor, dayAt, place)}. Arrow keys choose the time.`}
      style={at ? placeStyle(at) : {}}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => onCreate(cursor)}
    >
      <span>
        {timesText(cursor, place)} <kbd>Enter</kbd>
      </span>
    </button>
  );
}

/** The first part of a span that is shown. */
function placeOf(span: Span, days: readonly PlacedDay[]) {
  const [part] = cutInto([{ id: "", from: span.from, to: span.to }], days);
  const day = part && days[part.day];
  if (!part || !day) {
    return null;
  }
  const top = topOf(day, part.from);
  return { day: part.day, top, height: bottomOf(day, part.to) - top, left: 0, width: 1 };
}

function grabbed(one: DrawnSession | undefined) {
  return one
    ? [
        {
          id: one.id,
          name: one.session.name || "Untitled session",
          isRunning: one.session.ended_at === null,
          from: one.from,
          to: one.to,
        },
      ]
    : [];
}

function blockOf(surface: HTMLElement | null, id: string): HTMLElement | null {
  return surface?.querySelector(`[data-session="${CSS.escape(id)}"][data-part="0"]`) ?? null;
}

/** `Tue 24 Mar, 09:00 to 10:30`. */
function spokenSpan(span: Span, dayAt: DayAt, place: Place): string {
  return `${dayLabel(dayAt(span.from).date, place.locale)}, ${spokenTimes(span, place)}`;
}

function clockTime(wall: number, locale: string): string {
  return timeOfDay(wall * 1000, { locale, timeZone: "UTC" });
}

function zoneName(instant: number, timeZone: string, locale: string): string {
  try {
    const parts = new Intl.DateTimeFormat(locale, {
      timeZone,
      timeZoneName: "short",
    }).formatToParts(new Date((instant + 43_200) * 1000));
    return parts.find(({ type }) => type === "timeZoneName")?.value ?? timeZone;
  } catch {
    return timeZone;
  }
}

/** Opens where people work, not at midnight. */
function useScrollToWork(scroller: React.RefObject<HTMLElement | null>, axis: Axis) {
  const isDone = useRef(false);
  useLayoutEffect(() => {
    const element = scroller.current;
    const body = element?.querySelector<HTMLElement>(`.${CSS.escape(classes.body ?? "")}`);
    if (element && body && !isDone.current) {
      isDone.current = true;
      const hour = ticksOf(axis).find(({ wall }) => wall === firstShown.wall)?.top ?? 0;
      element.scrollTop = (body.offsetHeight * (hour + firstShown.further)) / axis.seconds;
    }
  }, [scroller, axis]);
}

/** A block that is put elsewhere in the document, or drawn anew, keeps the focus that it had. */
function useKeptFocus(surface: React.RefObject<HTMLElement | null>, blocks: readonly Block[]) {
  const focused = useRef<string | null>(null);
  useEffect(() => {
    const element = surface.current;
    const note = (event: FocusEvent) => {
      focused.current = (event.target as HTMLElement).dataset.session ?? null;
    };
    // Leaving for something else; what only vanished from under the focus leaves for nothing.
    const forget = (event: FocusEvent) => {
      if (event.relatedTarget !== null) {
        focused.current = null;
      }
    };
    element?.addEventListener("focusin", note);
    element?.addEventListener("focusout", forget);
    return () => {
      element?.removeEventListener("focusin", note);
      element?.removeEventListener("focusout", forget);
    };
  }, [surface]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the blocks were drawn anew
  useLayoutEffect(() => {
    if (focused.current !== null && document.activeElement === document.body) {
      blockOf(surface.current, focused.current)?.focus({ preventScroll: true });
    }
  }, [blocks, surface]);
}

/** When the form closes, the focus goes back to where it was opened from. */
function useReturnedFocus(isOpen: boolean, surface: React.RefObject<HTMLElement | null>) {
  const opener = useRef<HTMLElement | null>(null);
  const wasOpen = useRef(false);
  if (isOpen && !wasOpen.current && document.activeElement instanceof HTMLElement) {
    opener.current = document.activeElement;
  }
  useEffect(() => {
    if (wasOpen.current && !isOpen) {
      const target = opener.current;
      if (target?.isConnected && target !== document.body) {
        target.focus({ preventScroll: true });
      } else {
        surface.current
          ?.querySelector<HTMLElement>("[data-session][tabindex='0']")
          ?.focus({ preventScroll: true });
      }
    }
    wasOpen.current = isOpen;
  }, [isOpen, surface]);
}
