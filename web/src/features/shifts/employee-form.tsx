import {
  Alert,
  Button,
  Group,
  MultiSelect,
  NativeSelect,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, answerWithVersion, api, newIdempotencyKey } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import { serverClock } from "@/api/server-clock";
import { refresh } from "@/api/tabs";
import type { Employee, Person } from "@/api/types";
import { counted } from "@/lib/counted";
import { Dialog } from "@/ui/dialog";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import { locationsQuery, skillsQuery } from "./catalogue-queries";
import { nameOf, shiftCountsQuery } from "./queries";

interface Values {
  readonly first_name: string;
  readonly last_name: string;
  readonly address: string;
  readonly email: string;
  readonly person_id: string;
  readonly skill_ids: string[];
  readonly location_id: string;
  readonly contracted_hours: string;
}

type TextField = Exclude<keyof Values, "skill_ids">;

/** An employee to add or to change. */
export function EmployeeForm({
  employee,
  people,
  linked,
  close,
}: {
  employee: Employee | null;
  people: readonly Person[];
  /** The people who are employees already. */
  linked: ReadonlySet<string>;
  close: () => void;
}) {
  const queryClient = useQueryClient();
  const [values, setValues] = useState<Values>(() => valuesOf(employee));
  const [key] = useState(newIdempotencyKey);
  const remove = useRemoveEmployee();
  const skills = useQuery(skillsQuery);
  const locations = useQuery(locationsQuery);
  const save = useMutation({
    mutationFn: async (body: ReturnType<typeof bodyOf>) =>
      employee
        ? answer(
            api.PATCH("/api/v1/employees/{employee_id}", {
              params: { path: { employee_id: employee.id } },
              body,
            }),
          )
        : answer(api.POST("/api/v1/employees", { headers: { "Idempotency-Key": key }, body })),
    onSuccess: async (saved) => {
      close();
      await refresh(queryClient, "employees");
      if (employee) {
        showUndo(`${nameOf(saved)} is changed.`, () => {
          answer(
            api.PATCH("/api/v1/employees/{employee_id}", {
              params: { path: { employee_id: employee.id } },
              body: bodyOf(valuesOf(employee)),
            }),
          ).then(
            () => refresh(queryClient, "employees"),
            (error) => showFailure("It couldn’t be taken back", error),
          );
        });
      } else {
        showUndo(`${nameOf(saved)} is added.`, () => remove.mutate(saved), "Take back");
      }
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const title = employee ? `Edit ${nameOf(employee)}` : "New employee";

  function field(name: TextField, called: string = name) {
    return {
      value: values[name],
      error: problem?.field(called),
      onChange: (event: { currentTarget: { value: string } }) => {
        const { value } = event.currentTarget;
        setValues((before) => ({ ...before, [name]: value }));
      },
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(bodyOf(values));
  }

  return (
    <Dialog isOpen title={title} onClose={close} isSticky>
      <form onSubmit={submit} aria-label={title}>
        <Stack gap="sm">
          <Group grow align="flex-start">
            <TextInput
              label="First name"
              required
              withAsterisk={false}
              maxLength={50}
              data-autofocus
              autoComplete="off"
              {...field("first_name")}
            />
            <TextInput
              label="Last name"
              required
              withAsterisk={false}
              maxLength={50}
              autoComplete="off"
              {...field("last_name")}
            />
          </Group>
          <TextInput
            label="Address"
            description="Seen by managers, and by the employee."
            required
            withAsterisk={false}
            maxLength={255}
            autoComplete="off"
            {...field("address")}
          />
          <TextInput
            type="email"
            label="E-mail"
            maxLength={254}
            autoComplete="off"
            {...field("email")}
          />
          <NativeSelect
            label="Signs in as"
            description="Somebody with an account here sees these shifts as their own."
            data={[
              { value: "", label: "Nobody" },
              ...people
                .filter(({ id }) => !linked.has(id) || id === employee?.person_id)
                .map(({ id, name }) => ({ value: id, label: name })),
            ]}
            {...field("person_id")}
          />
          {((skills.data?.length ?? 0) > 0 || values.skill_ids.length > 0) && (
            <MultiSelect
              label="Skills"
              size="sm"
              searchable
              placeholder={values.skill_ids.length === 0 ? "None" : ""}
              nothingFoundMessage="There is no such skill."
              data={(skills.data ?? [])
                .filter(({ id, archived }) => !archived || values.skill_ids.includes(id))
                .map(({ id, name }) => ({ value: id, label: name }))}
              value={values.skill_ids}
              error={problem?.field("skill_ids")}
              onChange={(skill_ids) => setValues((before) => ({ ...before, skill_ids }))}
            />
          )}
          <Group grow align="flex-start">
            {((locations.data?.length ?? 0) > 0 || values.location_id !== "") && (
              <NativeSelect
                label="Mostly works at"
                data={[
                  { value: "", label: "No location" },
                  ...(locations.data ?? [])
                    .filter(({ id, archived }) => !archived || id === values.location_id)
                    .map(({ id, name }) => ({ value: id, label: name })),
                ]}
                {...field("location_id")}
              />
            )}
            <TextInput
              type="number"
              label="Contracted hours a week"
              min={0}
              max={168}
              step="any"
              {...field("contracted_hours", "contracted_hours_per_week")}
            />
          </Group>
          {save.error !== null && (problem?.fields.length ?? 0) === 0 && (
            <Alert color="safranin" variant="light" role="alert">
              {explain(save.error)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="subtle" color="gray" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** Asks first: the shifts go, too. */
export function DeleteEmployee({ employee, close }: { employee: Employee; close: () => void }) {
  const [now] = useState(() => new Date(serverClock.now()).toISOString());
  const counts = useQuery(shiftCountsQuery(employee.id, now));
  const remove = useRemoveEmployee();
  const name = nameOf(employee);
  return (
    <Dialog isOpen title={`Delete ${name}?`} onClose={close}>
      <Stack>
        {counts.isPending ? (
          <Skeleton height={44} />
        ) : (
          <Text size="sm">
            {counts.data
              ? counts.data.all === 0
                ? `${name} has no shifts.`
                : `${counted(counts.data.all, "shift")} ${counts.data.all === 1 ? "goes" : "go"}, too; ${counts.data.toCome === 0 ? "none of them is" : `${counts.data.toCome} of them ${counts.data.toCome === 1 ? "is" : "are"}`} still to come.`
              : "All of their shifts go, too."}{" "}
            Undo brings everything back.
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Cancel
          </Button>
          <Button
            color="safranin"
            data-autofocus
            onClick={() => {
              remove.mutate(employee);
              close();
            }}
          >
            {counts.data && counts.data.all > 0
              ? `Delete with ${counted(counts.data.all, "shift")}`
              : "Delete"}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

type Named = Pick<Employee, "id" | "first_name" | "last_name">;

/** Brings a deleted employee back, with all shifts. */
export function useRestoreEmployee() {
  const queryClient = useQueryClient();
  const restore = useMutation({
    mutationFn: (employee: Named) =>
      answer(
        api.POST("/api/v1/employees/{employee_id}/restore", {
          params: { path: { employee_id: employee.id } },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onSuccess: (employee) => showDone(`${nameOf(employee)} is back, with all shifts.`),
    onError: (error, employee) =>
      showFailure(`${nameOf(employee)} couldn’t be brought back`, error, () =>
        restore.mutate(employee),
      ),
    onSettled: () => refresh(queryClient, "employees", "shifts"),
  });
  return restore;
}

function useRemoveEmployee() {
  const queryClient = useQueryClient();
  const restore = useRestoreEmployee();
  const remove = useMutation({
    mutationFn: (employee: Employee) =>
      answerWithVersion(
        api.DELETE("/api/v1/employees/{employee_id}", {
          params: { path: { employee_id: employee.id } },
        }),
      ),
    onSuccess: (_gone, employee) =>
      showUndo(`${nameOf(employee)} is deleted.`, () => restore.mutate(employee)),
    onError: (error, employee) =>
      showFailure(`${nameOf(employee)} wasn’t deleted`, error, () => remove.mutate(employee)),
    onSettled: () => refresh(queryClient, "employees", "shifts"),
  });
  return remove;
}

function valuesOf(employee: Employee | null): Values {
  return {
    first_name: employee?.first_name ?? "",
    last_name: employee?.last_name ?? "",
    address: employee?.address ?? "",
    email: employee?.email ?? "",
    person_id: employee?.person_id ?? "",
    skill_ids: employee?.skill_ids ?? [],
    location_id: employee?.location_id ?? "",
    contracted_hours: String(employee?.contracted_hours_per_week ?? ""),
  };
}

function bodyOf({
  first_name,
  last_name,
  address,
  email,
  person_id,
  skill_ids,
  location_id,
  contracted_hours,
}: Values) {
  return {
    first_name: first_name.trim(),
    last_name: last_name.trim(),
    address: address.trim(),
    email: email.trim() || null,
    person_id: person_id || null,
    skill_ids,
    location_id: location_id || null,
    contracted_hours_per_week: contracted_hours === "" ? null : Number(contracted_hours),
  };
}
