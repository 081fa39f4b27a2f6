import { Button, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconRestore } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { usePlace } from "@/api/me";
import { dayOf, shortDate } from "@/lib/calendar";
import { counted } from "@/lib/counted";
import { LoadFailure } from "@/ui/notices";
import { deletedEmployeesQuery } from "./catalogue-queries";
import { useRestoreEmployee } from "./employee-form";
import classes from "./employees-page.module.css";
import { nameOf } from "./queries";

/** So many are shown at once: an import that was taken back may have left thousands. */
const mostAtFirst = 50;

/** Who was deleted in the last 30 days, each to be brought back; nothing where that is nobody. */
export function DeletedEmployees() {
  const { locale, timeZone } = usePlace();
  const deleted = useQuery(deletedEmployeesQuery);
  const restore = useRestoreEmployee();
  const [isOpen, setOpen] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const all = deleted.data ?? [];
  if (deleted.isError && deleted.data === undefined) {
    return (
      <LoadFailure
        what="The deleted employees"
        error={deleted.error}
        retry={() => void deleted.refetch()}
        retrying={deleted.isFetching}
      />
    );
  }
  if (all.length === 0) {
    return null;
  }
  const shown = isWhole ? all : all.slice(0, mostAtFirst);
  return (
    <section aria-label="Deleted employees">
      <Button
        variant="subtle"
        color="gray"
        size="compact-md"
        leftSection={
          isOpen ? (
            <IconChevronDown size={16} aria-hidden />
          ) : (
            <IconChevronRight size={16} aria-hidden />
          )
        }
        aria-expanded={isOpen}
        onClick={() => setOpen((before) => !before)}
      >
        {counted(all.length, "deleted employee")}
      </Button>
      {isOpen && (
        <>
          <Text size="sm" c="dimmed" mt={4} mb="sm">
            Kept for 30 days, with their shifts and leave, in case you want them back.
          </Text>
          <ul className={classes.list} aria-label="Deleted employees">
            {shown.map((employee) => {
              const name = nameOf(employee);
              return (
                <li key={employee.id} className={classes.row}>
                  <div className={classes.who}>
                    <span className={classes.plain}>{name}</span>
                    <span className={classes.address}>
                      {employee.shift_count > 0 && `${counted(employee.shift_count, "shift")} · `}
                      gone for good after {shortDate(dayOf(employee.gone_at, timeZone), locale)}
                    </span>
                  </div>
                  <Button
                    variant="default"
                    size="sm"
                    leftSection={<IconRestore size={16} aria-hidden />}
                    aria-label={`Restore ${name}`}
                    loading={restore.isPending && restore.variables.id === employee.id}
                    onClick={() => restore.mutate(employee)}
                  >
                    Restore
                  </Button>
                </li>
              );
            })}
          </ul>
          {all.length > mostAtFirst && !isWhole && (
            <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setWhole(true)}>
              Show all {all.length.toLocaleString("en-GB")}
            </Button>
          )}
        </>
      )}
    </section>
  );
}
