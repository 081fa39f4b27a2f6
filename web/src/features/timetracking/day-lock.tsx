import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Session } from "@/api/types";
import { lockOf } from "./locks";
import { locksQuery } from "./timesheet-queries";

/** A small lock beside a day none of whose sessions can be changed. */
export function DayLock({ sessions }: { sessions: readonly Session[] }) {
  const [first] = sessions;
  const { data: spans } = useQuery({
    ...locksQuery(first?.person_id ?? ""),
    enabled: first !== undefined,
  });
  const locks = spans && sessions.map((session) => lockOf(session, spans));
  const lock = locks?.[0];
  if (!lock || locks.some((other) => other === undefined)) {
    return null;
  }
  const why =
    lock.status === "approved"
      ? "Approved: a manager can return the week"
      : lock.status === "submitted"
        ? "Submitted: withdraw the week to change it"
        : `Locked${lock.reason ? ` (${lock.reason})` : ""}: a manager can unlock it`;
  return (
    <span role="img" aria-label={why} title={why} style={{ lineHeight: 0, alignSelf: "center" }}>
      <IconLock size={14} stroke={1.8} aria-hidden color="var(--mantine-color-dimmed)" />
    </span>
  );
}
