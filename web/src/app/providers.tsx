import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { makeQueryClient } from "@/api/query-client";
import { beginOffline } from "./offline";
import { makeRouter } from "./router";
import { cssVariables, theme } from "./theme";

const ToastStack = lazy(async () => ({ default: (await import("./toast-stack")).ToastStack }));

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
        <Suspense>
          <ToastStack />
        </Suspense>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
