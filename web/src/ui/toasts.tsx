import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { explain } from "@/api/problem";
import classes from "./toasts.module.css";

const closeButtonProps = { "aria-label": "Dismiss" };

/** Says what was done and lets it be taken back. */
export function showUndo(message: string, undo: () => void, label = "Undo") {
  const id = crypto.randomUUID?.() ?? String(Math.random());
  notifications.show({
    id,
    autoClose: 10_000,
    withBorder: true,
    closeButtonProps,
    className: classes.toast ?? "",
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" lineClamp={2}>
          {message}
        </Text>
        <Button
          variant="light"
          size="compact-sm"
          className={classes.action ?? ""}
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {label}
        </Button>
      </Group>
    ),
  });
}

/** Says that something is going on, and lets it be cancelled, until it is hidden. */
export function showProgress(message: string, cancel: () => void) {
  const id = crypto.randomUUID?.() ?? String(Math.random());
  const content = (text: string) => ({
    id,
    loading: true,
    autoClose: false as const,
    withBorder: true,
    withCloseButton: false,
    className: classes.toast ?? "",
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" className="tabular">
          {text}
        </Text>
        <Button
          variant="light"
          size="compact-sm"
          className={classes.action ?? ""}
          onClick={() => {
            notifications.hide(id);
            cancel();
          }}
        >
          Cancel
        </Button>
      </Group>
    ),
  });
  notifications.show(content(message));
  return {
    update: (text: string) => notifications.update(content(text)),
    hide: () => notifications.hide(id),
  };
}

/** Offers something that may wait; it stays until somebody decides. */
export function showOffer(message: string, label: string, accept: () => void) {
  const id = `offer: ${message}`;
  notifications.hide(id);
  notifications.show({
    id,
    autoClose: false,
    withBorder: true,
    closeButtonProps,
    className: classes.toast ?? "",
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm">{message}</Text>
        <Button
          variant="light"
          size="compact-sm"
          className={classes.action ?? ""}
          onClick={() => {
            notifications.hide(id);
            accept();
          }}
        >
          {label}
        </Button>
      </Group>
    ),
  });
}

/** Says what was done. */
export function showDone(message: string) {
  notifications.show({
    message,
    autoClose: 5_000,
    withBorder: true,
    closeButtonProps,
    className: classes.toast ?? "",
  });
}

/** Says what did not work and why; `retry` offers to do it again. */
export function showFailure(what: string, error: unknown, retry?: () => void) {
  const id = `failure: ${what}`;
  notifications.hide(id);
  notifications.show({
    id,
    color: "safranin",
    autoClose: 12_000,
    withBorder: true,
    closeButtonProps,
    className: classes.toast ?? "",
    title: what,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm" align="flex-end">
        <Text size="sm">{explain(error)}</Text>
        {retry && (
          <Button
            variant="light"
            color="safranin"
            size="compact-sm"
            className={classes.action ?? ""}
            onClick={() => {
              notifications.hide(id);
              retry();
            }}
          >
            Retry
          </Button>
        )}
      </Group>
    ),
  });
}

/** Says what somebody may want to look at, though it was done. */
export function showWarning(what: string, text: string) {
  const id = `warning: ${what}`;
  notifications.hide(id);
  notifications.show({
    id,
    color: "gray",
    autoClose: 15_000,
    withBorder: true,
    closeButtonProps,
    className: classes.toast ?? "",
    title: what,
    message: <Text size="sm">{text}</Text>,
  });
}
