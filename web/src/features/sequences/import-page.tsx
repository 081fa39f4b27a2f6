import { Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconFileOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { isProblem } from "@/api/problem";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { nameOf } from "./import-actions";
import { ImportCard } from "./import-card";
import { importQuery } from "./import-queries";
import { useSequenceLinks } from "./sequence-links";
import classes from "./sequences.module.css";

/** One import, at an address of its own. */
export function ImportPage({ id, onLeave }: { id: string; onLeave: () => void }) {
  const found = useQuery(importQuery(id));
  const { toImports } = useSequenceLinks();
  const title = found.data ? nameOf(found.data) : "Import";
  usePageTitle(title);
  return (
    <Stack gap="lg">
      <div>
        <Text size="sm" className={classes.trail ?? ""}>
          {toImports({ className: classes.link ?? "", children: "Import sequences" })}
        </Text>
        <Title order={1} className={classes.breakable ?? ""}>
          {title}
        </Title>
      </div>
      {found.isPending ? (
        <Skeleton height={180} radius="md" role="status" aria-label="Loading the import" />
      ) : found.data ? (
        <ImportCard found={found.data} onGone={onLeave} />
      ) : isProblem(found.error, "import_not_found") ? (
        <EmptyState
          icon={<IconFileOff size={26} stroke={1.6} aria-hidden />}
          title="This import is not there"
          action={toImports({ className: classes.link ?? "", children: "All imports" })}
        >
          It was taken back, its collection was deleted, or the address is not complete.
        </EmptyState>
      ) : (
        <LoadFailure
          what="The import"
          error={found.error}
          retry={() => void found.refetch()}
          retrying={found.isFetching}
        />
      )}
    </Stack>
  );
}
