import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useState } from "react";
import { makeQueryClient } from "@/api/query-client";
import { beginOffline } from "./offline";
import { makeRouter } from "./router";
import { cssVariables, theme } from "./theme";

export function Application() {
  const [queryClient] = useState(() => {
    const made = makeQueryClient();
    beginOffline(made);
    return made;
  });
  const [router] = useState(() => makeRouter(queryClient));
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" limit={4} zIndex={350} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
