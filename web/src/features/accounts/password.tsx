import { Text } from "@mantine/core";

export const shortestPassword = 8;

/** Says what is missing while a new password is typed. */
export function PasswordStrength({ password }: { password: string }) {
  const missing = shortestPassword - password.length;
  return (
    <Text size="xs" c={password !== "" && missing > 0 ? "error" : "dimmed"} mt={6} role="status">
      {password === "" || missing === shortestPassword
        ? `At least ${shortestPassword} characters; a sentence is good.`
        : missing > 0
          ? `${missing} more character${missing === 1 ? "" : "s"}.`
          : "Long enough."}
    </Text>
  );
}
