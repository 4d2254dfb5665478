"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { useStatus } from "@/app/(app)/_shell/use-status";
import { Button, LinkButton } from "@/components/button";
import { formatBytes } from "@/components/bytes";
import { Card } from "@/components/card";
import { Empty } from "@/components/empty";
import { Fact, Facts } from "@/components/fact";
import { Note } from "@/components/note";
import { PageHead } from "@/components/page-head";
import { changesSentence } from "@/components/row-change-words";
import { RowChanges } from "@/components/row-changes";
import { Time, useMoment } from "@/components/time";
import { formatAbsolute } from "@/components/time-format";
import type { UndoPreview } from "@/server/nestegg-restore";
import { Blockers, isBlocked } from "./blockers";
import { ConfirmSwap } from "./confirm-swap";
import { WrittenSince } from "./preview-facts";
import { PreviewWait } from "./preview-wait";
import { PREVIEW_LASTS, useAfterRuns } from "./use-after-runs";
import { useStreamed } from "./use-streamed";

/** The way back from the way back: the kept database against the live one, and the same question as a restore asks. */
export function UndoRestore({ previewed }: { previewed: boolean }) {
  const trpc = useTRPC();
  const { now, zone } = useMoment();
  const query = useQuery(trpc.backups.previewUndo.queryOptions(undefined, PREVIEW_LASTS));
  useAfterRuns(query.refetch);
  const preview = useStreamed(previewed) ? query.data : undefined;
  const failure = !preview && query.error ? appErrorOf(query.error) : null;
  const when = preview ? formatAbsolute(Date.parse(preview.kept.replacedAt), now, zone) : null;
  return (
    <>
      <PageHead
        trail={
          <Link href="/backups" className="text-link">
            Backups
          </Link>
        }
        title="Undo restore"
        sub={when ? `Goes back to the database as it was on ${when}. Live now → after undo.` : null}
      />
      {failure ? (
        <Note
          tone="danger"
          role="alert"
          title="The kept database could not be compared. Nothing was changed."
          action={
            <Button size="sm" busy={query.isFetching} onClick={() => void query.refetch()}>
              Try again
            </Button>
          }
        >
          {failure.message} {failure.hint}
        </Note>
      ) : preview ? (
        <Preview preview={preview} />
      ) : preview === null ? (
        <div className="card">
          <Empty title="There is nothing to undo" action={<LinkButton href="/backups">All backups</LinkButton>}>
            No replaced database is kept. Its safety backup can be restored like any other backup.
          </Empty>
        </div>
      ) : (
        <PreviewWait />
      )}
    </>
  );
}

function Preview({ preview }: { preview: UndoPreview }) {
  const trpc = useTRPC();
  const router = useRouter();
  const refresh = useRefresh();
  const { database } = useStatus();
  const undo = useMutation(
    trpc.backups.undoRestore.mutationOptions({
      onSuccess: ({ operationId }) => {
        refresh("operations", "status");
        router.push(`/activity/${encodeURIComponent(operationId)}`);
      },
    }),
  );
  const { kept, tables, blockers } = preview;
  return (
    <div className="flex flex-col gap-4" data-undo-preview={kept.name}>
      {tables ? (
        <Card title="What changes" sub={<span role="status">{changesSentence(tables)}</span>} padded={false}>
          <div className="mt-3">
            <RowChanges tables={tables} compared={preview.compared} after="After undo" />
          </div>
        </Card>
      ) : (
        <Card title="What changes">
          <p className="text-ink-2">The kept file was not compared: its rows are not known before it is opened.</p>
        </Card>
      )}
      <Card title="Before you decide">
        <Facts>
          <Fact name="Written since">
            <WrittenSince changesSince={preview.changesSince} lastChangeAt={preview.lastChangeAt} />
          </Fact>
          <Fact name="Kept file">
            <span className="font-mono text-id">{kept.name}</span>, {formatBytes(kept.bytes)}
          </Fact>
          <Fact name="Replaced">
            <Time at={kept.replacedAt} form="both" /> by {kept.actor}, with {kept.replacedBy}
          </Fact>
        </Facts>
        <p className="mt-3 border-t border-line pt-3 text-sm text-ink-2">
          First a safety backup of the live database is taken, then writes wait a moment while the files are swapped.
          The file that is replaced is kept again.
        </p>
      </Card>
      <Blockers blockers={blockers} before={null} />
      {isBlocked(blockers) ? null : (
        <ConfirmSwap
          name={database.name}
          label="Undo restore"
          refusal="Only admins can undo a restore. Ask an admin."
          cancelHref="/"
          busy={undo.isPending || undo.isSuccess}
          error={undo.error}
          onConfirm={(confirm) => undo.mutate({ confirm })}
        />
      )}
    </div>
  );
}
