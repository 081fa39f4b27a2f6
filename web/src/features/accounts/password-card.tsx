import { Button, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { useMe } from "@/api/me";
import { explain, Problem } from "@/api/problem";
import { showDone } from "@/ui/toasts";
import { PasswordStrength, shortestPassword } from "./password";
import classes from "./settings.module.css";

const blank = { current_password: "", new_password: "" };

/** Changes the password; other devices are signed out by it. */
export function PasswordCard() {
  const { person } = useMe();
  const [values, setValues] = useState(blank);
  const save = useMutation({
    networkMode: "always",
    retry: false,
    mutationFn: () =>
      answer(
        api.POST("/api/v1/me/password", {
          headers: { "Idempotency-Key": newIdempotencyKey() },
          body: values,
        }),
      ),
    onSuccess: () => {
      setValues(blank);
      showDone("Your password is changed. Other devices are signed out.");
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  return (
    <form className={classes.card} onSubmit={submit} aria-labelledby="password-title">
      <Stack gap="md">
        <Title order={2} size="h3" id="password-title">
          Password
        </Title>
        {/* For password managers: whose password this is. */}
        <input type="hidden" name="username" autoComplete="username" value={person.email} />
        <PasswordInput
          label="Current password"
          size="sm"
          required
          withAsterisk={false}
          autoComplete="current-password"
          value={values.current_password}
          error={problem?.field("current_password")}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setValues((before) => ({ ...before, current_password: value }));
          }}
        />
        <div>
          <PasswordInput
            label="New password"
            size="sm"
            required
            withAsterisk={false}
            minLength={shortestPassword}
            autoComplete="new-password"
            value={values.new_password}
            error={problem?.field("new_password")}
            onChange={(event) => {
              const { value } = event.currentTarget;
              setValues((before) => ({ ...before, new_password: value }));
            }}
          />
          <PasswordStrength password={values.new_password} />
        </div>
        {save.error && (problem?.fields.length ?? 0) === 0 && (
          <Text size="sm" c="error" role="alert">
            {explain(save.error)}
          </Text>
        )}
        <div>
          <Button
            type="submit"
            variant="default"
            loading={save.isPending}
            disabled={
              values.current_password === "" || values.new_password.length < shortestPassword
            }
          >
            Change password
          </Button>
        </div>
      </Stack>
    </form>
  );
}
