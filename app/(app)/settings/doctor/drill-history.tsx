import Link from "next/link";
import { Badge } from "@/components/badge";
import { formatBytes, plural } from "@/components/bytes";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import type { DrillResult } from "@/server/nestegg-operate";

/** One line a backup that was drilled, newest first: how long it took then is what it would take now. */
export function DrillHistory({ results }: { results: DrillResult[] }) {
  if (results.length === 0) return <p className="pt-4 text-sm text-ink-2">No restore was practised yet.</p>;
  return (
    <section aria-label="Earlier drills" className="pt-4">
      <h3 className="text-sm font-semibold text-ink-3">Earlier drills</h3>
      <ul aria-label="Drill results">
        {results.map((one) => (
          <li
            key={`${one.operationId} ${one.backupId}`}
            data-drilled={one.backupId}
            data-status={one.state}
            className="border-line py-2.5 not-first:border-t"
          >
            <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
              {one.state === "ok" ? (
                <span className="font-semibold tabular-nums">{formatDuration(one.durationMs)}</span>
              ) : (
                <Badge tone="bad">Failed</Badge>
              )}
              <Link href={`/activity/${encodeURIComponent(one.operationId)}`} className="text-link">
                <Time at={one.at} form="both" />
              </Link>
              {one.state === "ok" ? (
                <span className="text-sm text-ink-2 tabular-nums">
                  {formatBytes(one.bytes)}, {plural(one.rows, "row")} read
                </span>
              ) : null}
            </span>
            <Link
              href={`/backups/${encodeURIComponent(one.backupId)}`}
              className="block font-mono text-id text-ink-3 [overflow-wrap:anywhere] hover:underline"
            >
              {one.backupId}
            </Link>
            {one.error ? <span className="block text-sm text-ink-2 [overflow-wrap:anywhere]">{one.error}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
