/** What webhooks and their events are called. */
import type { Webhook, WebhookDelivery, WebhookEvent } from "@/api/types";

export const events: readonly { readonly value: WebhookEvent; readonly says: string }[] = [
  { value: "session.started", says: "The timer was started" },
  { value: "session.stopped", says: "The timer was stopped, and the session saved" },
  { value: "session.created", says: "A session was added by hand" },
  { value: "session.changed", says: "A running or saved session was changed" },
  { value: "session.deleted", says: "A session was deleted or discarded" },
  { value: "session.restored", says: "A session was taken out of the bin" },
  { value: "sessions.changed", says: "More than a thousand were changed at once" },
  { value: "sessions.imported", says: "A file was imported" },
  { value: "sessions.import_taken_back", says: "An import was taken back" },
];

export const everyEvent: WebhookEvent[] = events.map(({ value }) => value);

/** Whose sessions a webhook tells of. */
export function whose(webhook: Pick<Webhook, "person_id">, myId: string): string {
  const person = webhook.person_id ?? null;
  if (person === null) {
    return "Everybody’s sessions";
  }
  return person === myId ? "My sessions" : "One person’s sessions";
}

/** How many of the events there are it waits for. */
export function eventCount(webhook: Pick<Webhook, "events">): string {
  const count = webhook.events.length;
  if (count === events.length) {
    return "all events";
  }
  return count === 1 ? (webhook.events[0] ?? "") : `${count} events`;
}

/** Why nothing is sent to it; null where something is. */
export function whyOff(webhook: Pick<Webhook, "disabled_reason">): string | null {
  switch (webhook.disabled_reason ?? null) {
    case null:
      return null;
    case "by_hand":
      return "It was switched off by hand.";
    case "gone":
      return "It was answered 410 Gone, so it was switched off.";
    case "failing":
      return "Nothing could be delivered for about a day, so it was switched off.";
    default:
      return "It is switched off.";
  }
}

/** Whether somebody ought to look after it. */
export function isInTrouble(webhook: Pick<Webhook, "disabled_reason">): boolean {
  const reason = webhook.disabled_reason ?? null;
  return reason !== null && reason !== "by_hand";
}

/** What became of a delivery, in a word or two. */
export function statusOf(delivery: Pick<WebhookDelivery, "status" | "attempts">): string {
  switch (delivery.status) {
    case "delivered":
      return "Delivered";
    case "failed":
      return "Failed";
    default:
      return delivery.attempts === 0 ? "Waiting" : "Will be tried again";
  }
}
