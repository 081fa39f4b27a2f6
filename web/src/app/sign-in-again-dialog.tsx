import { Button, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useSyncExternalStore } from "react";
import { meQuery } from "@/api/me";
import { signInAgain } from "@/api/sign-in-again";
import { Dialog } from "@/ui/dialog";

const LoginForm = lazy(async () => {
  const module = await import("@/features/accounts/login-form");
  return { default: module.LoginForm };
});

/** Opens over the page when the login has ended; what was typed stays beneath it. */
export function SignInAgainDialog() {
  const queryClient = useQueryClient();
  const isOpen = useSyncExternalStore(signInAgain.subscribe, signInAgain.isWaiting);
  const before = queryClient.getQueryData(meQuery.queryKey);

  return (
    <Dialog isOpen={isOpen} title="Please sign in again">
      <Stack>
        <Text size="sm" c="dimmed">
          Your login has ended. The page stays as it is, and goes on once you have signed in.
        </Text>
        <Suspense>
          {isOpen && (
            <LoginForm
              {...(before ? { email: before.person.email } : {})}
              onSignedIn={(me) => {
                if (before && me.person.id !== before.person.id) {
                  // Somebody else: nothing of the page may stay.
                  window.location.assign("/");
                  return;
                }
                signInAgain.settle(true);
                void queryClient.invalidateQueries();
              }}
            />
          )}
        </Suspense>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() => window.location.assign("/login")}
        >
          Leave this page instead
        </Button>
      </Stack>
    </Dialog>
  );
}
