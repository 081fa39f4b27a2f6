/** Where toasts show. Loaded after the first page; what is said before waits in its store. */
import { Notifications } from "@mantine/notifications";

export function ToastStack() {
  return <Notifications position="bottom-right" limit={4} zIndex={350} />;
}
