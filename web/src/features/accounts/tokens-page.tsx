import {
  Alert,
  Button,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import type { ApiToken } from "@/api/types";
import { dateAndTime, dayOf, shortDate } from "@/lib/calendar";
import { Dialog } from "@/ui/dialog";
import { EmptyState, LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { Secret } from "@/ui/secret";
import { showDone, showFailure } from "@/ui/toasts";
import classes from "./settings.module.css";

const tokensKey = ["api-tokens"];

const lifetimes = [
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
  { value: "", label: "Never" },
];

/** Tokens with which programs act for a person. */
export function TokensPage() {
  usePageTitle("API tokens");
  const tokens = useQuery({
    queryKey: tokensKey,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/api-tokens", { signal })),
  });
  const [isCreating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const items = tokens.data?.items ?? [];

  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={2} size="h3">
            API tokens
          </Title>
          <Text size="sm" c="dimmed" mt={4} maw="34rem">
            A script or the command <code>bb</code> signs in with a token and may then do what you
            may. The API is described in the <a href="/docs">reference</a>.
          </Text>
        </div>
        <Button
          flex="none"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => setCreating(true)}
        >
          New token
        </Button>
      </Group>
      {tokens.isPending ? (
        <Skeleton height={120} radius="lg" />
      ) : tokens.isError ? (
        <LoadFailure
          what="Your tokens"
          error={tokens.error}
          retry={() => void tokens.refetch()}
          retrying={tokens.isFetching}
        />
      ) : items.length === 0 ? (
        <EmptyState icon={<IconKey size={26} stroke={1.6} aria-hidden />} title="No tokens yet">
          Create one for each program, so that you can revoke them one by one.
        </EmptyState>
      ) : (
        <ul className={classes.list}>
          {items.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
          ))}
        </ul>
      )}
      <CreateToken isOpen={isCreating} close={() => setCreating(false)} />
      <RevokeToken token={revoking} close={() => setRevoking(null)} />
    </Stack>
  );
}

function TokenRow({ token, onRevoke }: { token: ApiToken; onRevoke: () => void }) {
  const place = usePlace();
  const expires = token.expires_at ?? null;
  const isExpired = expires !== null && Date.parse(expires) < Date.now();
  const lastUsed = token.last_used_at ?? null;
  return (
    <li className={classes.item} data-off={isExpired}>
      <div className={classes.grow}>
        <Text fw={550} truncate>
          {token.name}
        </Text>
        <Text size="sm" c="dimmed">
          {expires === null
            ? "Never expires"
            : `${isExpired ? "Expired" : "Expires"} ${shortDate(dayOf(expires, place.timeZone), place.locale)}`}
          {" · "}
          {lastUsed === null ? "not used yet" : `last used ${dateAndTime(lastUsed, place)}`}
        </Text>
      </div>
      <Button variant="default" size="sm" aria-label={`Revoke ${token.name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}

function CreateToken({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const create = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/api-tokens", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: {
            name: name.trim(),
            ...(days === ""
              ? {}
              : {
                  expires_at: new Date(Date.now() + Number(days) * 86_400_000)
                    .toISOString()
                    .replace(/\.\d+Z$/, "Z"),
                }),
          },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: tokensKey }),
  });
  const problem = create.error instanceof Problem ? create.error : null;

  function leave() {
    close();
    create.reset();
    setName("");
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate();
  }

  return (
    <Dialog
      isOpen={isOpen}
      onClose={leave}
      title={create.data ? "Your new token" : "New token"}
      isSticky={create.data !== undefined}
    >
      {create.data ? (
        <Stack>
          <Text size="sm">
            Copy the token <strong>{create.data.name}</strong> now to where it is used.
          </Text>
          <Secret value={create.data.token} what="token" />
          <Group justify="flex-end">
            <Button variant="default" onClick={leave}>
              Done
            </Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit} aria-label="New token">
          <Stack>
            <TextInput
              label="Name"
              description="What uses it, so that you recognise it later."
              placeholder="Laptop, backup script …"
              required
              withAsterisk={false}
              maxLength={100}
              data-autofocus
              value={name}
              error={problem?.field("name")}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <NativeSelect
              label="Expires"
              data={lifetimes}
              value={days}
              onChange={(event) => setDays(event.currentTarget.value)}
            />
            {create.error && !problem?.field("name") && (
              <Alert color="safranin" variant="light" role="alert">
                {explain(create.error)}
              </Alert>
            )}
            <Group justify="flex-end" gap="xs">
              <Button variant="subtle" color="gray" onClick={leave}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
                Create token
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

function RevokeToken({ token, close }: { token: ApiToken | null; close: () => void }) {
  const queryClient = useQueryClient();
  const revoke = useMutation({
    mutationFn: ({ id }: ApiToken) =>
      answer(api.DELETE("/api/v1/api-tokens/{token_id}", { params: { path: { token_id: id } } })),
    onSuccess: (_nothing, { name }) => {
      showDone(`Revoked “${name}”.`);
      close();
    },
    onError: (error, { name }) => showFailure(`Couldn’t revoke “${name}”`, error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: tokensKey }),
  });
  return (
    <Dialog isOpen={token !== null} onClose={close} title="Revoke this token?">
      <Stack>
        <Text size="sm">
          Whatever signs in with <strong>{token?.name}</strong> stops working at once. This can’t be
          undone.
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="subtle" color="gray" onClick={close}>
            Keep it
          </Button>
          <Button
            color="safranin"
            loading={revoke.isPending}
            onClick={() => token && revoke.mutate(token)}
          >
            Revoke token
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
