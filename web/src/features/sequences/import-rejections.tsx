import { Button, Group, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import type { SequenceImport } from "@/api/types";
import { counted } from "@/lib/counted";
import classes from "./imports.module.css";

const pageSize = 20;
// What scrolls must be reachable by keyboard.
const scrollable = { tabIndex: 0 };

/** The records that were not added, by line, with a reason each. */
export function Rejections({ found }: { found: SequenceImport }) {
  const [page, setPage] = useState(0);
  const { id, errors, rejected, rejections_kept: kept } = found;
  if (errors.length === 0) {
    return null;
  }
  const start = page * pageSize;
  const shown = errors.slice(start, start + pageSize);
  return (
    <section aria-label="Rejected records">
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2} size="h4">
          {counted(rejected, "record")} rejected
        </Title>
        <Button
          variant="default"
          size="compact-sm"
          component="a"
          href={`/api/v1/sequences/imports/${id}/rejections`}
          download
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          {kept > errors.length ? `All ${kept.toLocaleString("en-GB")} as CSV` : "Save as CSV"}
        </Button>
      </Group>
      <section className={classes.scroll} aria-label="Lines and reasons" {...scrollable}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col" className={classes.number}>
                Line
              </th>
              <th scope="col">Record</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ line, name, detail }) => (
              <tr key={line}>
                <td className={classes.number}>{line.toLocaleString("en-GB")}</td>
                <td className={classes.record}>{name || "–"}</td>
                <td className={classes.why}>{detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {errors.length > pageSize && (
        <Group gap="xs" mt="xs">
          <Button
            variant="default"
            size="compact-sm"
            disabled={page === 0}
            onClick={() => setPage(page - 1)}
          >
            Previous
          </Button>
          <Button
            variant="default"
            size="compact-sm"
            disabled={start + pageSize >= errors.length}
            onClick={() => setPage(page + 1)}
          >
            Next
          </Button>
          <Text size="sm" c="dimmed" className="tabular" role="status">
            {(start + 1).toLocaleString("en-GB")}–{(start + shown.length).toLocaleString("en-GB")}{" "}
            of {errors.length.toLocaleString("en-GB")}
          </Text>
        </Group>
      )}
      <Text size="sm" c="dimmed" mt="xs">
        {rejected > errors.length &&
          `The first ${errors.length.toLocaleString("en-GB")} are listed${kept < rejected ? "; more were not kept" : ""}. `}
        Correct them in the file and import it again: what is there already is not added twice.
      </Text>
    </section>
  );
}
