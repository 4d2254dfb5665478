import Link from "next/link";
import type { ReactNode } from "react";
import { formatBytes, formatCount } from "@/components/bytes";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import type { BackupView } from "@/server/nestegg";

interface BackupFactsProps {
  backup: BackupView;
  /** Activity's page of the run that made it. */
  runHref: string | null;
}

export function BackupFacts({ backup, runHref }: BackupFactsProps) {
  const { engine, origin } = backup;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-2 [overflow-wrap:anywhere]">
      <Fact name="Size">{formatBytes(backup.bytes)}</Fact>
      {backup.requests > 0 ? (
        <Fact name="Sent">
          {formatBytes(backup.sentBytes)}
          {backup.reusedBytes > 0 ? `, ${formatBytes(backup.reusedBytes)} reused from an earlier backup` : ""} in{" "}
          {formatCount(backup.requests)} {backup.requests === 1 ? "request" : "requests"}
        </Fact>
      ) : null}
      {backup.durationMs > 0 ? <Fact name="Took">{formatDuration(backup.durationMs)}</Fact> : null}
      {backup.checkpointMs === null ? null : (
        <Fact name="Writers waited">at most {formatDuration(backup.checkpointMs)}</Fact>
      )}
      {engine ? (
        <Fact name="Written by">
          {engine.duckdb === "unknown" ? "an unknown DuckDB" : `DuckDB ${engine.duckdb}`}, storage{" "}
          {engine.storageVersion}
        </Fact>
      ) : null}
      <Fact name="Kept">{backup.kept}</Fact>
      {backup.restoredAt ? (
        <Fact name="Marked">
          restored <Time at={backup.restoredAt} form="both" />
        </Fact>
      ) : null}
      {backup.createdBy ? (
        <Fact name="Made by">
          {backup.createdBy}
          {runHref ? (
            <>
              {" "}
              <Link href={runHref} className="text-link ml-1">
                Open run
              </Link>
            </>
          ) : null}
        </Fact>
      ) : null}
      {origin ? (
        <Fact name="On">
          {origin.host}, Nestegg {origin.appVersion}
        </Fact>
      ) : null}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </>
  );
}
