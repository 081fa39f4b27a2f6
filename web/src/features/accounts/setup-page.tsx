import { Alert, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { explain, Problem } from "@/api/problem";
import { usePageTitle } from "@/ui/page-title";
import { browserTimeZone, useWelcome } from "./actions";
import { FrontPage } from "./front-page";
import { PasswordStrength, shortestPassword } from "./password";

/** The first run: nobody is here yet, so whoever is founds the organisation. */
export function SetupPage({ onDone }: { onDone: () => void }) {
  usePageTitle("Welcome");
  const welcome = useWelcome();
  const [values, setValues] = useState({ organisation: "", name: "", email: "", password: "" });
  const timeZone = browserTimeZone();
  const setup = useMutation({
    networkMode: "always",
    retry: false,
    mutationFn: () =>
      answer(
        api.POST("/api/v1/setup", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: {
            organisation: values.organisation.trim(),
            name: values.name.trim(),
            email: values.email.trim(),
            password: values.password,
            time_zone: timeZone,
          },
        }),
      ),
    onSuccess: (me) => {
      welcome(me);
      onDone();
    },
  });
  const problem = setup.error instanceof Problem ? setup.error : null;
  const isTooShort = values.password !== "" && values.password.length < shortestPassword;

  function field(key: keyof typeof values) {
    return {
      size: "md" as const,
      required: true,
      withAsterisk: false,
      value: values[key],
      error: problem?.field(key),
      onChange: (event: { currentTarget: { value: string } }) => {
        const { value } = event.currentTarget;
        setValues((before) => ({ ...before, [key]: value }));
      },
    };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setup.mutate();
  }

  return (
    <FrontPage
      title="Set up your notebook"
      lead="This is the first visit to this Benchbook. You become its owner, and can invite others afterwards."
    >
      <form onSubmit={submit} aria-label="Set up Benchbook">
        <Stack gap="md">
          <TextInput
            label="Organisation"
            placeholder="Your lab, or your own name"
            maxLength={200}
            autoComplete="organization"
            autoFocus
            {...field("organisation")}
          />
          <TextInput label="Your name" maxLength={200} autoComplete="name" {...field("name")} />
          <TextInput
            type="email"
            label="E-mail"
            autoComplete="username"
            inputMode="email"
            {...field("email")}
          />
          <div>
            <PasswordInput
              label="Password"
              minLength={shortestPassword}
              autoComplete="new-password"
              {...field("password")}
            />
            <PasswordStrength password={values.password} />
          </div>
          {setup.error && (problem?.fields.length ?? 0) === 0 && (
            <Alert color="safranin" variant="light" role="alert">
              {explain(setup.error)}
            </Alert>
          )}
          <Button type="submit" size="md" fullWidth loading={setup.isPending} disabled={isTooShort}>
            Create Benchbook
          </Button>
          <Text size="xs" c="dimmed" ta="center">
            Times will be shown as in {timeZone.replaceAll("_", " ")}. You can change this later.
          </Text>
        </Stack>
      </form>
    </FrontPage>
  );
}
