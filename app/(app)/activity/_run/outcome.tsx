import { restorePath } from "@/components/backup-words";
import { LinkButton } from "@/components/button";
import { Note, type NoteTone } from "@/components/note";
import { RUN_WORDS } from "@/components/operation-words";
import type { OperationState, OperationView } from "@/server/control/types";

const TONES: Partial<Record<OperationState, NoteTone>> = {
  ok: "ok",
  "ok-retried": "warn",
  cancelled: "info",
};

/** What came of it; a failure says what it means for the data, what to do, and the code to search for. */
export function Outcome({ operation }: { operation: OperationView }) {
  const { error, summary, state, backupId, kind, detail } = operation;
  // A run that had nothing to store tells which backup holds it all.
  const earlier = typeof detail.unchangedSince === "string" ? detail.unchangedSince : null;
  const listed =
    backupId !== null && kind !== "delete" && (state === "ok" || state === "ok-retried" || kind === "verify");
  return (
    <Note
      tone={TONES[state] ?? "danger"}
      title={`${RUN_WORDS[state]}.`}
      action={
        listed ? (
          <span className="flex flex-wrap gap-2">
            <LinkButton size="sm" href={`/backups/${encodeURIComponent(backupId)}`}>
              Open backup
            </LinkButton>
            {kind === "upload" ? (
              <LinkButton size="sm" icon="restore" href={restorePath(backupId)}>
                Restore…
              </LinkButton>
            ) : null}
          </span>
        ) : earlier ? (
          <LinkButton size="sm" href={`/backups/${encodeURIComponent(earlier)}`}>
            Open that backup
          </LinkButton>
        ) : null
      }
    >
      {error ? (
        <>
          {error.message}
          {error.hint ? <span className="mt-1 block text-ink-2">{error.hint}</span> : null}
          <span className="mt-1 block font-mono text-id text-ink-3">{error.code}</span>
        </>
      ) : (
        summary
      )}
    </Note>
  );
}
