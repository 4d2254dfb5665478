import type { AlertChannelView, AlertDelivery, AlertEvent } from "@/server/nestegg-operate";

export const LOG_INPUT = { limit: 30 };
/** While something waits or was just sent, the log is read again by itself. */
export const LOG_REFRESH_MS = 10_000;

export const EVENTS: { event: AlertEvent; label: string }[] = [
  { event: "backup-failed", label: "Backup failed" },
  { event: "backup-overdue", label: "Backup overdue" },
  { event: "verification-failed", label: "Verification failed" },
  { event: "drill-failed", label: "Restore drill failed" },
  { event: "storage-unreachable", label: "Storage cannot be reached" },
  { event: "shutdown-missed", label: "Stopped without a backup" },
  { event: "restore-done", label: "Restore ended" },
  { event: "retention-blocked", label: "Retention blocked" },
  { event: "sign-in-throttled", label: "Too many wrong sign-ins" },
  { event: "budget-exceeded", label: "Cost above the budget" },
];

export const KIND_WORDS: Record<AlertChannelView["kind"], string> = {
  slack: "Slack",
  discord: "Discord",
  email: "Email",
  webhook: "Webhook",
  ping: "Ping address",
};

/** What was sent, before its title. */
export const TURN_WORDS: Record<AlertDelivery["kind"], string> = {
  trouble: "Trouble",
  reminder: "Reminder",
  recovered: "Recovered",
  happened: "News",
  success: "Sign of life",
  test: "Test",
};

export const DELIVERY_STATES = {
  waiting: { tone: "run", word: "Waiting" },
  sent: { tone: "ok", word: "Sent" },
  failed: { tone: "bad", word: "Failed" },
} as const;

export function eventWords(events: AlertEvent[]): string {
  if (events.length === EVENTS.length) return "Everything";
  if (events.length === 0) return "Nothing chosen";
  const labels = EVENTS.filter(({ event }) => events.includes(event)).map(({ label }) => label);
  return labels.map((label, index) => (index === 0 ? label : label.toLowerCase())).join(", ");
}
