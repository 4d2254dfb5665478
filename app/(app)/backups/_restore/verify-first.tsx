"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useLiveOperations } from "@/app/(app)/_shell/live";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { useUser } from "@/app/(app)/_shell/user";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { Note } from "@/components/note";
import { OperationProgress } from "@/components/operation-progress";
import type { BackupState } from "@/server/nestegg";

/** The rows of a backup are known once it was opened: asks for that here and shows how far it is; the preview then follows by itself. */
export function VerifyFirst({ id, state }: { id: string; state: BackupState }) {
  const trpc = useTRPC();
  const refresh = useRefresh();
  const { canOperate } = useUser();
  const run = useLiveOperations().find((operation) => operation.kind === "verify" && operation.backupId === id);
  const verify = useMutation(
    trpc.backups.verify.mutationOptions({ onSuccess: () => refresh("operations", "backups") }),
  );
  const failure = verify.error ? appErrorOf(verify.error) : null;
  const readable = state === "stored" || state === "checked" || state === "verified" || state === "verifying";
  return (
    <Card
      title="What changes"
      sub="This backup was not opened yet, so its rows are not known. A verification reads it back and counts them."
      aside={
        run || !canOperate || !readable ? null : (
          <Button size="sm" icon="shield" busy={verify.isPending} onClick={() => verify.mutate({ id })}>
            Verify now
          </Button>
        )
      }
    >
      {run ? (
        <div className="flex flex-wrap items-end justify-between gap-3" data-run-id={run.id}>
          <OperationProgress operation={run} label="Verification progress" />
          <Link href={`/activity/${encodeURIComponent(run.id)}`} className="text-link text-sm">
            View run
          </Link>
        </div>
      ) : null}
      {failure ? (
        <Note tone="danger" role="alert">
          {failure.message} {failure.hint}
        </Note>
      ) : null}
      {run || failure ? null : (
        <p className="text-sm text-ink-2">
          {canOperate
            ? "A restore checks it in any case, before it touches the live database."
            : "Only operators and admins can verify. Ask one."}
        </p>
      )}
    </Card>
  );
}
