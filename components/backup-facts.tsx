import Link from "next/link";
import { BackupKept } from "@/components/backup-kept";
import { BackupTransfer } from "@/components/backup-transfer";
import { formatBytes } from "@/components/bytes";
import { Fact, Facts } from "@/components/fact";
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
    <Facts>
      <Fact name="Size">{formatBytes(backup.bytes)}</Fact>
      <BackupTransfer backup={backup} />
      {backup.checkpointMs === null ? null : (
        <Fact name="Writers waited">at most {formatDuration(backup.checkpointMs)}</Fact>
      )}
      {engine ? (
        <Fact name="Written by">
          {engine.duckdb === "unknown" ? "an unknown DuckDB" : `DuckDB ${engine.duckdb}`}, storage{" "}
          {engine.storageVersion}
        </Fact>
      ) : null}
      <Fact name="Kept">
        <BackupKept backup={backup} />
      </Fact>
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
    </Facts>
  );
}
