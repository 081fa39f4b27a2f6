/** The pages of patterns, tied to the router. */
import { Button, Group, Text } from "@mantine/core";
import { Link, useBlocker, useNavigate, useParams } from "@tanstack/react-router";
import { useRef } from "react";
import { ApplyPage } from "@/features/shifts/apply-page";
import { PatternPage } from "@/features/shifts/pattern-page";
import { PatternsPage } from "@/features/shifts/patterns-page";
import { Dialog } from "@/ui/dialog";

export function PatternsRoute() {
  return (
    <PatternsPage
      links={{
        pattern: (id, parts) => (
          <Link to="/shifts/patterns/$patternId" params={{ patternId: id ?? "new" }} {...parts} />
        ),
        apply: (id, parts) => (
          <Link to="/shifts/patterns/$patternId/apply" params={{ patternId: id }} {...parts} />
        ),
        roster: (date, parts) => <Link to="/shifts" search={{ view: "month", date }} {...parts} />,
      }}
    />
  );
}

export function PatternRoute() {
  const { patternId } = useParams({ from: "/signed-in/shifts/patterns/$patternId" });
  const navigate = useNavigate();
  const isDirty = useRef(false);
  const leaving = useBlocker({
    shouldBlockFn: () => isDirty.current,
    enableBeforeUnload: () => isDirty.current,
    withResolver: true,
  });
  return (
    <>
      <PatternPage
        key={patternId}
        patternId={patternId === "new" ? null : patternId}
        onDirty={(now) => {
          isDirty.current = now;
        }}
        onSaved={(id) =>
          void navigate({
            to: "/shifts/patterns/$patternId",
            params: { patternId: id },
            replace: true,
          })
        }
        links={{
          patterns: (parts) => <Link to="/shifts/patterns" {...parts} />,
          apply: (id, parts) => (
            <Link to="/shifts/patterns/$patternId/apply" params={{ patternId: id }} {...parts} />
          ),
        }}
      />
      <Dialog
        isOpen={leaving.status === "blocked"}
        title="Leave without saving?"
        onClose={() => leaving.reset?.()}
      >
        <Text size="sm" mb="md">
          What you changed of this pattern would be lost.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={() => leaving.proceed?.()}>
            Leave
          </Button>
          <Button data-autofocus onClick={() => leaving.reset?.()}>
            Stay
          </Button>
        </Group>
      </Dialog>
    </>
  );
}

export function ApplyRoute() {
  const { patternId } = useParams({ from: "/signed-in/shifts/patterns/$patternId/apply" });
  const navigate = useNavigate();
  return (
    <ApplyPage
      key={patternId}
      patternId={patternId}
      onDone={(date) => void navigate({ to: "/shifts", search: { view: "month", date } })}
      links={{
        pattern: (id, parts) => (
          <Link to="/shifts/patterns/$patternId" params={{ patternId: id }} {...parts} />
        ),
        employees: (parts) => <Link to="/shifts/employees" {...parts} />,
      }}
    />
  );
}
