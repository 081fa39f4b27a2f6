import { Alert, Button, PasswordInput, Radio, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { explain, isProblem, Problem } from "@/api/problem";
import type { Me } from "@/api/types";
import { useWelcome } from "./actions";

interface OrganisationChoice {
  readonly id: string;
  readonly name: string;
}

/** E-mail and password; for people of several organisations, which of them. */
export function LoginForm({
  email: knownEmail = "",
  onSignedIn,
}: {
  email?: string;
  onSignedIn: (me: Me) => void;
}) {
  const welcome = useWelcome();
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState("");
  const [organisation, setOrganisation] = useState<string | null>(null);

  const login = useMutation({
    networkMode: "always",
    retry: false,
    mutationFn: () =>
      answer(
        api.POST("/api/v1/login", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: {
            email: email.trim(),
            password,
            ...(organisation === null ? {} : { organisation_id: organisation }),
          },
        }),
      ),
    onSuccess: (me) => {
      welcome(me);
      onSignedIn(me);
    },
  });
  const choices = isProblem(login.error, "choose_organisation")
    ? organisationsOf(login.error)
    : null;
  // Once asked, the choice stays on the form while the next try runs.
  const [asked, setAsked] = useState<OrganisationChoice[] | null>(null);
  useEffect(() => {
    if (choices && !asked) {
      setAsked(choices);
      setOrganisation(choices[0]?.id ?? null);
    }
  }, [choices, asked]);
  const wait = useCountdown(
    login.error instanceof Problem ? login.error.retryAfterSeconds : null,
    login.submittedAt,
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    login.mutate();
  }

  function forgetChoice() {
    setAsked(null);
    setOrganisation(null);
    login.reset();
  }

  return (
    <form onSubmit={submit} aria-label="Sign in">
      <Stack gap="md">
        <TextInput
          type="email"
          label="E-mail"
          size="md"
          required
          withAsterisk={false}
          autoComplete="username"
          inputMode="email"
          data-autofocus
          autoFocus={knownEmail === ""}
          value={email}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
            if (asked) {
              forgetChoice();
            }
          }}
        />
        <PasswordInput
          label="Password"
          size="md"
          required
          withAsterisk={false}
          autoComplete="current-password"
          autoFocus={knownEmail !== ""}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {asked && (
          <Radio.Group
            label="Where do you want to sign in?"
            value={organisation}
            onChange={setOrganisation}
          >
            <Stack gap="xs" mt={4}>
              {asked.map((choice) => (
                <Radio key={choice.id} value={choice.id} label={choice.name} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {login.error && !choices && (
          <Alert color="safranin" variant="light" role="alert">
            {isProblem(login.error, "wrong_credentials")
              ? "That e-mail and password don’t match. Check both and try again."
              : wait > 0
                ? `Too many tries. Please wait ${wait} s.`
                : explain(login.error)}
          </Alert>
        )}
        <Button type="submit" size="md" fullWidth loading={login.isPending} disabled={wait > 0}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

/** Seconds left of a pause that began at an instant. */
function useCountdown(seconds: number | null, from: number): number {
  const [, tick] = useState(0);
  const left = seconds === null ? 0 : Math.max(0, Math.ceil(seconds - (Date.now() - from) / 1000));
  useEffect(() => {
    if (left === 0) {
      return;
    }
    const timer = setTimeout(() => tick((count) => count + 1), 1000);
    return () => clearTimeout(timer);
  });
  return left;
}

function organisationsOf(problem: Problem): OrganisationChoice[] {
  const { organisations } = problem.body;
  return Array.isArray(organisations)
    ? organisations.filter(
        (value): value is OrganisationChoice =>
          typeof value?.id === "string" && typeof value?.name === "string",
      )
    : [];
}
