import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { useMe } from "@/api/me";
import { useCommands } from "@/lib/commands";
import { showDone, showFailure } from "@/ui/toasts";
import { timerQuery } from "./queries";
import { useStartTimer, useStopTimer } from "./timer-actions";

/** What the keyboard and the palette can do with the timer, beside what its bar does itself. */
export function useTimerCommands(bar: {
  /** Puts the cursor into the name. */
  readonly focusName: () => void;
  /** Starts what the bar says, with what was chosen there. */
  readonly start: () => void;
}) {
  const queryClient = useQueryClient();
  const { person } = useMe();
  const { data } = useQuery(timerQuery);
  const { start } = useStartTimer();
  const { stop } = useStopTimer();
  const running = data?.running ?? null;

  async function continueLatest() {
    try {
      const { items } = await queryClient.fetchQuery({
        queryKey: ["sessions", "latest", person.id],
        queryFn: () =>
          answer(
            api.GET("/api/v1/sessions", { params: { query: { person_id: person.id, limit: 1 } } }),
          ),
      });
      const latest = items[0];
      if (latest) {
        const { id, name, project_id, tags, billable } = latest;
        start({ name, project_id, tags, billable, continues: id });
      } else {
        showDone("There is no session to continue yet.");
      }
    } catch (error) {
      showFailure("The latest session couldn’t be read", error);
    }
  }

  useCommands([
    running
      ? {
          id: "timer.stop",
          group: "Timer",
          label: "Stop the timer",
          words: "end finish",
          keys: "s",
          run: () => stop(),
        }
      : {
          id: "timer.start",
          group: "Timer",
          label: "Start the timer",
          words: "begin track",
          keys: "s",
          run: bar.start,
        },
    {
      id: "timer.name",
      group: "Timer",
      label: running ? "Name what is running" : "Say what you work on",
      words: "rename new start",
      keys: "n",
      run: bar.focusName,
    },
    {
      id: "timer.continue",
      group: "Timer",
      label: "Continue the latest session",
      words: "resume again restart",
      keys: "c",
      run: () => void continueLatest(),
    },
  ]);
}
