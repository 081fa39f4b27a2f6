import { Popover, Skeleton, Text } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import type { Session } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import classes from "./calendar.module.css";
import type { Span } from "./calendar-blocks";
import { instantText } from "./calendar-drag";
import { StartTimeForm } from "./start-time-form";

const AddSession = lazy(async () => ({ default: (await import("./add-session")).AddSession }));
const EditSession = lazy(async () => ({ default: (await import("./edit-session")).EditSession }));

/** The form that is open: for a session, or for one that was drawn. */
export interface OpenForm {
  readonly session: Session | null;
  readonly span: Span;
}

/** The form beside its block; on a phone over the page. */
export function CalendarForm({
  form,
  today,
  isNarrow,
  close,
}: {
  form: OpenForm;
  today: string;
  isNarrow: boolean;
  close: () => void;
}) {
  const title = titleOf(form.session);
  const content = (
    <Suspense fallback={<Skeleton height={330} radius="md" />}>
      <FormContent form={form} today={today} close={close} />
    </Suspense>
  );
  if (isNarrow) {
    return (
      <Dialog isOpen title={title} onClose={close} isSticky>
        <div className={classes.formInDialog}>{content}</div>
      </Dialog>
    );
  }
  return (
    <Beside title={title} close={close} isSmall={form.session?.ended_at === null}>
      {content}
    </Beside>
  );
}

function Beside({
  title,
  close,
  isSmall,
  children,
}: {
  title: string;
  close: () => void;
  isSmall: boolean;
  children: ReactNode;
}) {
  return (
    <Popover
      opened
      onClose={close}
      trapFocus
      // The target is only a place, no button that could say whether something is open.
      withRoles={false}
      withArrow
      shadow="md"
      radius="lg"
      position="right"
      middlewares={{
        shift: { padding: 12 },
        flip: { fallbackPlacements: ["left", "bottom", "top"] },
      }}
      width={isSmall ? 280 : 560}
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <span className={classes.formTarget} />
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={title} p={isSmall ? "md" : 0}>
        {children}
      </Popover.Dropdown>
    </Popover>
  );
}

function FormContent({
  form: { session, span },
  today,
  close,
}: {
  form: OpenForm;
  today: string;
  close: () => void;
}) {
  if (session === null) {
    return (
      <AddSession
        today={today}
        initial={{
          name: "",
          note: "",
          project_id: null,
          tags: [],
          billable: false,
          times: { started_at: instantText(span.from), ended_at: instantText(span.to) },
        }}
        onDone={close}
      />
    );
  }
  if (session.ended_at === null) {
    return (
      <>
        <Text fw={600} mb="xs">
          {session.name || "Untitled session"}
        </Text>
        <StartTimeForm session={session} close={close} />
      </>
    );
  }
  return <EditSession session={session} today={today} onDone={close} />;
}

function titleOf(session: Session | null): string {
  if (session === null) {
    return "New session";
  }
  return session.ended_at === null ? "Change the start" : "Edit session";
}
