import { useQueryClient } from "@tanstack/react-query";
import { meQuery } from "@/api/me";
import { signInAgain } from "@/api/sign-in-again";
import { announceLogin } from "@/api/tabs";
import type { Me } from "@/api/types";

/** What follows when somebody has signed in, by whichever door. */
export function useWelcome() {
  const queryClient = useQueryClient();
  return (me: Me) => {
    queryClient.setQueryData(meQuery.queryKey, me);
    signInAgain.loginSeen();
    announceLogin("begun");
  };
}

/** The time zone that this browser is set to. */
export function browserTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
