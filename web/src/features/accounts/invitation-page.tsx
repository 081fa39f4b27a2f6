import { Alert, Button, PasswordInput, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import { LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { useWelcome } from "./actions";
import { FrontPage } from "./front-page";
import { PasswordStrength, shortestPassword } from "./password";

/** Where the link leads that an invited person was given. */
export function InvitationPage({ token, onDone }: { token: string; onDone: () => void }) {
  usePageTitle("Invitation");
  const welcome = useWelcome();
  const [password, setPassword] = useState("");
  const invitation = useQuery({
    queryKey: ["invitation", token],
    retry: false,
    refetchOnWindowFocus: false,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/invitations/{token}", { signal, params: { path: { token } } })),
  });
  const accept = useMutation({
    networkMode: "always",
    retry: false,
    mutationFn: () =>
      answer(
        api.POST("/api/v1/invitations/{token}/accept", {
          params: { path: { token } },
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: { password },
        }),
      ),
    onSuccess: (me) => {
      welcome(me);
      onDone();
    },
  });

  if (invitation.isPending) {
    return (
      <FrontPage title="Your invitation">
        <Skeleton height={150} />
      </FrontPage>
    );
  }
  if (invitation.isError) {
    const isGone = invitation.error instanceof Problem && invitation.error.status < 500;
    return (
      <FrontPage title="Your invitation">
        {isGone ? (
          <Text size="sm">
            This invitation is not valid any more: it was used, withdrawn, or too much time has
            passed. Ask whoever invited you for a new one.
          </Text>
        ) : (
          <LoadFailure
            what="The invitation"
            error={invitation.error}
            retry={() => void invitation.refetch()}
            retrying={invitation.isFetching}
          />
        )}
      </FrontPage>
    );
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    accept.mutate();
  }

  const { organisation, name, email } = invitation.data;
  return (
    <FrontPage
      title={`Welcome, ${name}`}
      lead={
        <>
          You have been invited to <strong>{organisation}</strong>. Choose a password to join.
        </>
      }
    >
      <form onSubmit={submit} aria-label="Accept the invitation">
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            You sign in as <strong>{email}</strong>.
          </Text>
          {/* For password managers: whose password this is. */}
          <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
          <div>
            <PasswordInput
              label="Password"
              size="md"
              required
              withAsterisk={false}
              autoFocus
              minLength={shortestPassword}
              autoComplete="new-password"
              value={password}
              error={accept.error instanceof Problem ? accept.error.field("password") : null}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <PasswordStrength password={password} />
          </div>
          {accept.error && (
            <Alert color="safranin" variant="light" role="alert">
              {explain(accept.error)}
            </Alert>
          )}
          <Button
            type="submit"
            size="md"
            fullWidth
            loading={accept.isPending}
            disabled={password.length < shortestPassword}
          >
            Join {organisation}
          </Button>
        </Stack>
      </form>
    </FrontPage>
  );
}
