import { Badge, Button, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconPlus, IconSearch, IconTrash, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useMe } from "@/api/me";
import type { Employee } from "@/api/types";
import { counted } from "@/lib/counted";
import { matches } from "@/lib/search";
import { Initials } from "@/ui/initials";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { DeletedEmployees } from "./deleted-employees";
import { DeleteEmployee, EmployeeForm } from "./employee-form";
import classes from "./employees-page.module.css";
import { employeesQuery, nameOf, peopleQuery } from "./queries";

/** Who can be on duty. */
export function EmployeesPage() {
  usePageTitle("Employees");
  const { role, person: me } = useMe();
  const mayChange = role !== "member";
  const employees = useQuery(employeesQuery);
  const people = useQuery({ ...peopleQuery, enabled: mayChange });
  const personOf = useMemo(
    () => new Map(people.data?.map((person) => [person.id, person])),
    [people.data],
  );
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<{ employee: Employee | null } | null>(null);
  const [leaving, setLeaving] = useState<Employee | null>(null);
  const shown = useMemo(
    () =>
      (employees.data ?? []).filter((one) =>
        matches(`${nameOf(one)} ${one.address ?? ""} ${one.email ?? ""}`, search),
      ),
    [employees.data, search],
  );

  return (
    <Stack gap="md">
      <Group justify="space-between" align="center">
        <Title order={1}>Employees</Title>
        {mayChange && (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setOpen({ employee: null })}
          >
            Add employee
          </Button>
        )}
      </Group>
      {employees.data !== undefined && employees.data.length > 0 && (
        <Group justify="space-between">
          <TextInput
            type="search"
            aria-label="Search employees"
            placeholder="Search employees"
            leftSection={<IconSearch size={16} aria-hidden />}
            w={280}
            maw="100%"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed" role="status">
            {shown.length === employees.data.length
              ? counted(shown.length, "employee")
              : `${shown.length} of ${counted(employees.data.length, "employee")}`}
          </Text>
        </Group>
      )}
      {employees.isPending ? (
        <Skeleton height={260} radius="lg" role="status" aria-label="Loading employees" />
      ) : employees.data === undefined ? (
        <LoadFailure
          what="The employees"
          error={employees.error}
          retry={() => void employees.refetch()}
          retrying={employees.isFetching}
        />
      ) : employees.data.length === 0 ? (
        <EmptyState
          icon={<IconUsersGroup size={26} stroke={1.6} aria-hidden />}
          title="No employees yet"
        >
          An employee is somebody who can be on duty. They need no account here; one who has an
          account can be linked to it.
        </EmptyState>
      ) : shown.length === 0 ? (
        <EmptyState
          icon={<IconSearch size={26} stroke={1.6} aria-hidden />}
          title="Nobody is found"
          action={
            <Button variant="default" onClick={() => setSearch("")}>
              Show everybody
            </Button>
          }
        >
          No name{mayChange ? ", address or e-mail" : ""} has “{search}” in it.
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {shown.map((employee) => {
            const name = nameOf(employee);
            const person = employee.person_id ? personOf.get(employee.person_id) : undefined;
            return (
              <li key={employee.id} className={classes.row}>
                <Initials name={name} />
                <div className={classes.who}>
                  {mayChange ? (
                    <button
                      type="button"
                      className={classes.open}
                      aria-label={`Edit ${name}`}
                      onClick={() => setOpen({ employee })}
                    >
                      {name}
                    </button>
                  ) : (
                    <span className={classes.plain}>{name}</span>
                  )}
                  {employee.address !== null && (
                    <span className={classes.address}>
                      {employee.address}
                      {employee.email && ` · ${employee.email}`}
                    </span>
                  )}
                </div>
                {employee.person_id === me.id ? (
                  <Badge variant="light">You</Badge>
                ) : (
                  person && (
                    <Badge variant="light" color="gray" className={classes.linked ?? ""}>
                      Signs in as {person.name}
                    </Badge>
                  )
                )}
                {mayChange && (
                  <button
                    type="button"
                    className={classes.remove}
                    aria-label={`Delete ${name}`}
                    title="Delete"
                    onClick={() => setLeaving(employee)}
                  >
                    <IconTrash size={17} aria-hidden />
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {mayChange && <DeletedEmployees />}
      {open && (
        <EmployeeForm
          key={open.employee?.id ?? "new"}
          employee={open.employee}
          people={people.data ?? []}
          linked={new Set(employees.data?.flatMap((one) => one.person_id ?? []))}
          close={() => setOpen(null)}
        />
      )}
      {leaving && <DeleteEmployee employee={leaving} close={() => setLeaving(null)} />}
    </Stack>
  );
}
