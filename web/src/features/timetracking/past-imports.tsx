import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMe, usePlace } from "@/api/me";
import type { SessionImportSummary } from "@/api/types";
import { dateAndTime } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { Dialog } from "@/ui/dialog";
import { LoadFailure } from "@/ui/notices";
import type { useTakeBackImport } from "./import-actions";
import { importFormats } from "./import-format";
import classes from "./import-page.module.css";
import { importsQuery } from "./import-queries";
import { personQuery } from "./overview-queries";

type TakingBack = ReturnType<typeof useTakeBackImport>;

/** Imports that can still be taken back. */
export function PastImports({ takeBack }: { takeBack: TakingBack }) {
  const imports = useInfiniteQuery(importsQuery);
  const [leaving, setLeaving] = useState<SessionImportSummary | null>(null);
  const items = imports.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label="Imports so far">
      <Title order={2} size="h3" mb="sm">
        Imports so far
      </Title>
      {imports.isPending ? (
        <Skeleton height={72} radius="lg" />
      ) : imports.isError && items.length === 0 ? (
        <LoadFailure
          what="The imports"
          error={imports.error}
          retry={() => void imports.refetch()}
          retrying={imports.isFetching}
        />
      ) : items.length === 0 ? (
        <Text size="sm" c="dimmed">
          None yet. Each stays listed here, and can be taken back as a whole.
        </Text>
      ) : (
        <Stack gap="sm">
          <ul className={classes.list}>
            {items.map((done) => (
              <PastImport key={done.id} done={done} onTakeBack={() => setLeaving(done)} />
            ))}
          </ul>
          {imports.hasNextPage && (
            <Group>
              <Button
                variant="default"
                size="sm"
                loading={imports.isFetchingNextPage}
                onClick={() => void imports.fetchNextPage()}
              >
                Load more
              </Button>
            </Group>
          )}
        </Stack>
      )}
      <TakeBack done={leaving} takeBack={takeBack} close={() => setLeaving(null)} />
    </section>
  );
}

function PastImport({ done, onTakeBack }: { done: SessionImportSummary; onTakeBack: () => void }) {
  const place = usePlace();
  const { person: me } = useMe();
  const isMine = done.person_id === me.id;
  const importer = useQuery({ ...personQuery(done.person_id), enabled: !isMine });
  const from = importFormats.find(({ value }) => value === done.format)?.label ?? done.format;
  return (
    <li className={classes.item}>
      <div className={classes.grow}>
        <Text fw={550} className={classes.name ?? ""}>
          {done.file_name || `From ${from}`}
        </Text>
        <Text size="sm" c="dimmed">
          {dateAndTime(done.created_at, place)}
          {!isMine && importer.data && ` by ${importer.data.name}`} · {from} ·{" "}
          {counted(done.added, "session")}
          {done.rejected > 0 && `, ${counted(done.rejected, "line")} left out`}
        </Text>
      </div>
      <Button
        variant="default"
        size="sm"
        aria-label={`Take back ${done.file_name || `the import from ${from}`}`}
        onClick={onTakeBack}
      >
        Take back
      </Button>
    </li>
  );
}

function TakeBack({
  done,
  takeBack,
  close,
}: {
  done: SessionImportSummary | null;
  takeBack: TakingBack;
  close: () => void;
}) {
  return (
    <Dialog isOpen={done !== null} onClose={close} title="Take this import back?">
      <Stack>
        <Text size="sm">
          All <strong>{done && counted(done.added, "session")}</strong> that it added are deleted
          for good, also those that were changed since or are in the bin. Projects, clients and tags
          that it made go, too, unless something else uses them.
        </Text>
        <Text size="sm">
          This can’t be undone, but the file can be imported again; what was changed since is lost.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Keep it
          </Button>
          <Button
            color="safranin"
            loading={takeBack.isPending}
            onClick={() => done && takeBack.mutate(done, { onSettled: close })}
          >
            Take back
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
