import Link from "next/link";
import { Fact, FactNote } from "@/components/fact";
import { formatDuration } from "@/components/time-format";
import { costWords, requestWords, sentWords } from "@/components/transfer-words";
import type { BackupView } from "@/server/nestegg";

/** How the bytes came to the store, and what that cost. Nothing for a file that Nestegg did not send. */
export function BackupTransfer({ backup }: { backup: BackupView }) {
  const { transfer, durationMs } = backup;
  if (!transfer) return null;
  const { before, baseId, after } = sentWords(backup, transfer);
  const cost = costWords(transfer);
  return (
    <>
      <Fact name="Sent">
        {before}
        {baseId ? (
          <Link
            href={`/backups/${encodeURIComponent(baseId)}`}
            prefetch={false}
            className="text-link font-mono text-id"
          >
            {baseId}
          </Link>
        ) : null}
        {after}
        {transfer.copyGivenUp ? (
          <FactNote>Copying was slower than sending here, or failed, so the rest was sent.</FactNote>
        ) : null}
      </Fact>
      <Fact name="Requests">{requestWords(backup.requests, transfer)}</Fact>
      {durationMs > 0 ? <Fact name="Took">{formatDuration(durationMs)}</Fact> : null}
      {cost ? (
        <Fact name="Cost">
          {cost}
          <FactNote>At R2’s list price, before its free allowance.</FactNote>
        </Fact>
      ) : null}
    </>
  );
}
