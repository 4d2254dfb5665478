"use client";

import Link from "next/link";
import { useUser } from "@/app/(app)/_shell/user";
import { isProtected, sentence } from "@/components/backup-words";
import { Button } from "@/components/button";
import { Note } from "@/components/note";
import { Time } from "@/components/time";
import type { BackupView } from "@/server/nestegg";
import type { AskBackup } from "../_actions/backup-dialogs";
import type { BackupActions } from "../_actions/use-backup-actions";
import { NearestGood } from "./nearest-good";

interface TroublesProps {
  backup: BackupView;
  engine: string;
  running: boolean;
  actions: BackupActions;
  ask: AskBackup;
}

/** What stands between this backup and a restore, with the next step beside it. */
export function Troubles({ backup, engine, running, actions, ask }: TroublesProps) {
  const { canOperate, canAdmin } = useUser();
  return (
    <div className="mb-4 grid gap-2 empty:hidden">
      {backup.state === "failed" ? (
        <Note
          tone="danger"
          title="This backup differs from what was written."
          action={
            canOperate && backup.verification && !running ? (
              <Button size="sm" onClick={() => void actions.verify(backup.id)}>
                Verify again
              </Button>
            ) : null
          }
        >
          {sentence(backup.verification?.error ?? "Its manifest cannot be read")} Do not restore it.{" "}
          <NearestGood before={backup.timestamp} />
        </Note>
      ) : null}
      {backup.state === "missing" ? (
        <Note
          tone="danger"
          title="The file is gone from the bucket."
          action={
            canAdmin ? (
              <span className="flex flex-wrap items-center gap-2">
                <Link href="/settings/storage" className="text-link">
                  Storage check
                </Link>
                {isProtected(backup) ? null : (
                  <Button size="sm" onClick={() => ask({ kind: "remove", backups: [backup] })}>
                    Remove this entry…
                  </Button>
                )}
              </span>
            ) : null
          }
        >
          The manifest remains. <NearestGood before={backup.timestamp} />
        </Note>
      ) : null}
      {backup.state === "unregistered" ? (
        <Note
          tone="warn"
          title="Nestegg does not know this file."
          action={
            canAdmin && !running ? (
              <Button size="sm" onClick={() => ask({ kind: "adopt", backup })}>
                Register…
              </Button>
            ) : null
          }
        >
          It has the name of a backup but no manifest beside it: an upload may have been cut off, or somebody copied it
          here.
        </Note>
      ) : null}
      {backup.state === "deleting" && backup.deletesAt ? (
        <Note
          tone="warn"
          title={
            <>
              Deletes <Time at={backup.deletesAt} />.
            </>
          }
          action={
            canAdmin ? (
              <Button size="sm" onClick={() => void actions.undelete(backup.id)}>
                Undo
              </Button>
            ) : null
          }
        >
          Until then nothing is lost.
        </Note>
      ) : null}
      <EngineNote backup={backup} engine={engine} />
    </div>
  );
}

function EngineNote({ backup, engine }: { backup: BackupView; engine: string }) {
  const written = backup.engine?.duckdb;
  if (!written || written === "unknown" || written === engine) return null;
  const newer = written.localeCompare(engine, "en", { numeric: true }) > 0;
  return newer ? (
    <Note tone="warn" title={`Written by DuckDB ${written}.`}>
      This server runs {engine} and may not be able to open it.
    </Note>
  ) : (
    <Note tone="info" title={`Written by DuckDB ${written}.`}>
      It opens here: this server runs {engine}.
    </Note>
  );
}
