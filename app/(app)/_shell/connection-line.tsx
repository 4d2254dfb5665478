"use client";

import clsx from "clsx";
import { useMoment } from "@/components/time";
import { formatClock } from "@/components/time-format";
import { useConnectionState } from "./live";

const LOOKS = {
  live: { short: "Live updates on", dot: "bg-accent" },
  polling: { short: "Updates every few seconds", dot: "bg-warn-edge" },
  offline: { short: "No connection", dot: "bg-danger-solid" },
  restarting: { short: "Nestegg is restarting", dot: "bg-run" },
} as const;

/** Said once, always there; the page says it in full when it matters. */
export function ConnectionLine({ compact = false }: { compact?: boolean }) {
  const { connection } = useConnectionState();
  const { short, dot } = LOOKS[connection];
  return (
    <div
      role="status"
      aria-label="Connection"
      data-status={connection}
      title={short}
      className="flex items-center gap-2 text-sm text-ink-3 max-wide:justify-center"
    >
      <span className={clsx("size-2 rounded-full border border-transparent", dot)} />
      <span className={compact ? "sr-only" : "max-wide:sr-only"}>{short}</span>
    </div>
  );
}

/** Above the page while what it shows may be old. */
export function ConnectionNotice() {
  const { connection, lostAt } = useConnectionState();
  const { zone } = useMoment();
  if (connection === "live" || connection === "polling" || lostAt === null) return null;
  return (
    <p className="mb-4 rounded-card border border-line bg-sunken px-4 py-3 text-ink-2">
      {connection === "restarting"
        ? "Nestegg is restarting. This page continues by itself."
        : `No connection to Nestegg’s server. Showing data from ${formatClock(lostAt, zone)}.`}
    </p>
  );
}
