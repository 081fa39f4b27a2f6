import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
  Tooltip,
} from "@mantine/core";
import { IconLink, IconUserPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import type { Person, Role } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import { Initials } from "@/ui/initials";
import { LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { Secret } from "@/ui/secret";
import { showDone, showFailure, showUndo } from "@/ui/toasts";
import classes from "./settings.module.css";

const peopleKey = ["people"];

const roles: { value: Role; label: string; may: string }[] = [
  { value: "member", label: "Member", may: "sees and changes their own hours" },
  { value: "manager", label: "Manager", may: "also sees everybody’s hours" },
  { value: "admin", label: "Admin", may: "also invites people and sets their roles" },
  { value: "owner", label: "Owner", may: "may do everything" },
];

interface InvitationLink {
  readonly person: Pick<Person, "name" | "email">;
  readonly token: string;
  /** Whether the server sends it to the person by e-mail. */
  readonly isSent: boolean;
}

/** Who belongs to the organisation; for admins and owners. */
export function PeoplePage() {
  usePageTitle("People");
  const { person: me, organisation, role } = useMe();
  const [isInviting, setInviting] = useState(false);
  const [link, setLink] = useState<InvitationLink | null>(null);
  const people = useInfiniteQuery({
    queryKey: peopleKey,
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/api/v1/people", {
          signal,
          params: { query: { limit: 200, ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
  const items = people.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={2} size="h3">
            People of {organisation.name}
          </Title>
          <Text size="sm" c="dimmed" mt={4}>
            Whoever is deactivated can’t sign in; what they tracked stays.
          </Text>
        </div>
        <Button
          flex="none"
          leftSection={<IconUserPlus size={16} aria-hidden />}
          onClick={() => setInviting(true)}
        >
          Invite
        </Button>
      </Group>
      {people.isPending ? (
        <Skeleton height={220} radius="lg" />
      ) : people.isError && items.length === 0 ? (
        <LoadFailure
          what="The people"
          error={people.error}
          retry={() => void people.refetch()}
          retrying={people.isFetching}
        />
      ) : (
        <ul className={classes.list}>
          {items.map((person) => (
            <PersonRow
              key={person.id}
              person={person}
              isMe={person.id === me.id}
              mayMakeOwners={role === "owner"}
              onLink={setLink}
            />
          ))}
        </ul>
      )}
      {people.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={people.isFetchingNextPage}
            onClick={() => void people.fetchNextPage()}
          >
            Load more
          </Button>
        </Group>
      )}
      <Invite
        isOpen={isInviting}
        close={() => setInviting(false)}
        mayMakeOwners={role === "owner"}
      />
      <Dialog
        isOpen={link !== null}
        onClose={() => setLink(null)}
        title={`A new link for ${link?.person.name ?? ""}`}
        isSticky
      >
        {link && <LinkToSend link={link} close={() => setLink(null)} />}
      </Dialog>
    </Stack>
  );
}

function PersonRow({
  person,
  isMe,
  mayMakeOwners,
  onLink,
}: {
  person: Person;
  isMe: boolean;
  mayMakeOwners: boolean;
  onLink: (link: InvitationLink) => void;
}) {
  const queryClient = useQueryClient();
  const change = useMutation({
    mutationFn: (body: { role?: Role; active?: boolean }) =>
      answer(
        api.PATCH("/api/v1/people/{person_id}", {
          params: { path: { person_id: person.id } },
          body,
        }),
      ),
    onSuccess: (_changed, body) => {
      if (body.active === false) {
        showUndo(`${person.name} can’t sign in any more.`, () => change.mutate({ active: true }));
      } else if (body.active) {
        showDone(`${person.name} can sign in again.`);
      } else {
        showDone(`${person.name}’s role is changed.`);
      }
    },
    onError: (error) => showFailure(`Couldn’t change ${person.name}`, error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: peopleKey }),
  });
  const invite = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/people/{person_id}/invitation", {
          params: { path: { person_id: person.id } },
          headers: { "Idempotency-Key": newIdempotencyKey() },
        }),
      ),
    onSuccess: (invited) => {
      if (invited.invitation_token) {
        onLink({
          person: invited,
          token: invited.invitation_token,
          isSent: invited.invitation_sent === true,
        });
      }
    },
    onError: (error) => showFailure(`Couldn’t invite ${person.name} anew`, error),
  });
  const isOutOfReach = person.role === "owner" && !mayMakeOwners;

  return (
    <li className={classes.item} data-off={!person.active}>
      <Group className={classes.grow ?? ""} wrap="nowrap" gap="sm">
        <Initials name={person.name} />
        <div style={{ minWidth: 0 }}>
          <Group gap={8} wrap="nowrap">
            <Text fw={550} truncate>
              {person.name}
            </Text>
            {isMe && <Badge variant="light">You</Badge>}
            {!person.active && (
              <Badge variant="light" color="gray">
                Deactivated
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed" truncate>
            {person.email}
          </Text>
        </div>
      </Group>
      <Tooltip label="New invitation link">
        <ActionIcon
          size={36}
          disabled={isMe || isOutOfReach || !person.active}
          loading={invite.isPending}
          aria-label={`New invitation link for ${person.name}`}
          onClick={() => invite.mutate()}
        >
          <IconLink size={17} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <NativeSelect
        aria-label={`Role of ${person.name}`}
        w={126}
        disabled={isMe || isOutOfReach || change.isPending}
        data={roles
          .filter(({ value }) => value !== "owner" || mayMakeOwners || person.role === "owner")
          .map(({ value, label }) => ({ value, label }))}
        value={change.isPending && change.variables.role ? change.variables.role : person.role}
        onChange={(event) => change.mutate({ role: event.currentTarget.value as Role })}
      />
      <Button
        variant="default"
        size="sm"
        w={116}
        disabled={isMe || isOutOfReach}
        loading={change.isPending && change.variables.active !== undefined}
        aria-label={`${person.active ? "Deactivate" : "Reactivate"} ${person.name}`}
        onClick={() => change.mutate({ active: !person.active })}
      >
        {person.active ? "Deactivate" : "Reactivate"}
      </Button>
    </li>
  );
}

function Invite({
  isOpen,
  close,
  mayMakeOwners,
}: {
  isOpen: boolean;
  close: () => void;
  mayMakeOwners: boolean;
}) {
  const queryClient = useQueryClient();
  const blank = { name: "", email: "", role: "member" as Role };
  const [values, setValues] = useState(blank);
  const invite = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/people", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: { name: values.name.trim(), email: values.email.trim(), role: values.role },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: peopleKey }),
  });
  const problem = invite.error instanceof Problem ? invite.error : null;
  const may = roles.find(({ value }) => value === values.role)?.may;

  function leave() {
    close();
    invite.reset();
    setValues(blank);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    invite.mutate();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onClose={leave}
      title={invite.data ? `${invite.data.name} is invited` : "Invite somebody"}
      isSticky={invite.data !== undefined}
    >
      {invite.data ? (
        <LinkToSend
          link={{
            person: invite.data,
            token: invite.data.invitation_token ?? "",
            isSent: invite.data.invitation_sent === true,
          }}
          close={leave}
        />
      ) : (
        <form onSubmit={submit} aria-label="Invite somebody">
          <Stack>
            <TextInput
              label="Name"
              required
              withAsterisk={false}
              maxLength={200}
              data-autofocus
              autoComplete="off"
              value={values.name}
              error={problem?.field("name")}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setValues((before) => ({ ...before, name: value }));
              }}
            />
            <TextInput
              type="email"
              label="E-mail"
              required
              withAsterisk={false}
              autoComplete="off"
              value={values.email}
              error={problem?.field("email")}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setValues((before) => ({ ...before, email: value }));
              }}
            />
            <NativeSelect
              label="Role"
              description={may ? `Whoever has it ${may}.` : ""}
              data={roles
                .filter(({ value }) => value !== "owner" || mayMakeOwners)
                .map(({ value, label }) => ({ value, label }))}
              value={values.role}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setValues((before) => ({ ...before, role: value as Role }));
              }}
            />
            {invite.error && (problem?.fields.length ?? 0) === 0 && (
              <Alert color="safranin" variant="light" role="alert">
                {explain(invite.error)}
              </Alert>
            )}
            <Group justify="flex-end" gap="xs">
              <Button variant="subtle" color="gray" onClick={leave}>
                Cancel
              </Button>
              <Button type="submit" loading={invite.isPending}>
                Invite
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

function LinkToSend({ link, close }: { link: InvitationLink; close: () => void }) {
  return (
    <Stack>
      <Text size="sm">
        {link.isSent
          ? `This link is on its way to ${link.person.email} by e-mail. You can also pass it on yourself.`
          : `Send this link to ${link.person.email}.`}{" "}
        Whoever opens it chooses the password.
      </Text>
      <Secret value={`${window.location.origin}/invitation/${link.token}`} what="link" />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
