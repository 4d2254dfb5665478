"use client";

import Link from "next/link";
import { useState } from "react";
import type { RouterOutputs } from "@/app/_trpc/client";
import { TYPE_WORDS } from "@/components/backup-words";
import { Disc } from "@/components/badge";
import { Button } from "@/components/button";
import { formatBytes, formatCount, plural } from "@/components/bytes";
import { Card } from "@/components/card";
import { Note } from "@/components/note";
import { Time } from "@/components/time";
import { PreviewBars } from "./preview-bars";

type Preview = RouterOutputs["retention"]["preview"];
type Row = Preview["rows"][number];

/** So many rows answer the question; a list of thousands would only slow the page. */
const MAX_ROWS = 200;

interface RetentionPreviewProps {
  preview: Preview;
  /** The numbers are those of a moment ago. */
  stale: boolean;
  saved: boolean;
}

/** Exactly what would go and why each other one stays, before anything is saved. */
export function RetentionPreview({ preview, stale, saved }: RetentionPreviewProps) {
  const [shown, setShown] = useState<"going" | "staying" | null>(null);
  const { rows, keeps, deletes, deletesBytes, blocked, needsConfirmation } = preview;
  const going = rows.filter(({ stays }) => !stays);
  const staying = rows.filter(({ stays }) => stays);
  const toggle = (list: "going" | "staying") => setShown(shown === list ? null : list);
  const listed = shown === "going" ? going : shown === "staying" ? staying : null;
  return (
    <Card
      title="Retention preview"
      sub={saved ? "What the saved rules say now." : "What the rules above would say. Nothing is saved yet."}
    >
      <div aria-busy={stale} className={stale ? "grid gap-3 opacity-60" : "grid gap-3"}>
        <p role="status" className="text-lg font-semibold tabular-nums">
          Keeps {formatCount(keeps)}, deletes {formatCount(deletes)}
        </p>
        <PreviewBars rows={rows} />
        <p className="text-sm text-ink-2">
          {deletes > 0 ? `${formatBytes(deletesBytes)} would be freed. ` : ""}
          The newest good backup, the newest verified one, locked ones and the one restored last always stay, whatever
          the rules say. What goes can be brought back for 10&nbsp;minutes.
        </p>
        {blocked ? (
          <Note tone="warn" title={blocked.text}>
            {blocked.hint}
          </Note>
        ) : null}
        {needsConfirmation && !blocked ? (
          <Note tone="warn" title="More than half of the good backups would go.">
            That never happens by itself: an admin has to confirm it here.
          </Note>
        ) : null}
        <div className="flex flex-wrap gap-2">
          {deletes > 0 ? (
            <Button size="sm" aria-expanded={shown === "going"} onClick={() => toggle("going")}>
              {shown === "going" ? "Hide" : "Show"} the {formatCount(deletes)}
            </Button>
          ) : null}
          {keeps > 0 ? (
            <Button size="sm" aria-expanded={shown === "staying"} onClick={() => toggle("staying")}>
              {shown === "staying" ? "Hide" : "Show"} what stays
            </Button>
          ) : null}
        </div>
        {listed ? <Rows rows={listed} name={shown === "going" ? "Backups that go" : "Backups that stay"} /> : null}
      </div>
    </Card>
  );
}

function Rows({ rows, name }: { rows: Row[]; name: string }) {
  const left = rows.length - MAX_ROWS;
  return (
    <>
      <ul aria-label={name} className="border-t border-line">
        {rows.slice(0, MAX_ROWS).map((row) => (
          <li
            key={row.id}
            data-id={row.id}
            data-status={row.stays ? "stays" : "goes"}
            className="grid grid-cols-[28px_minmax(0,1fr)_auto] items-start gap-2.5 border-line py-2 not-first:border-t"
          >
            <Disc tone={row.stays ? "ok" : "bad"} icon={row.stays ? "check" : "trash"} />
            <div className="min-w-0">
              <Link href={`/backups/${encodeURIComponent(row.id)}`} className="text-link font-semibold">
                <Time at={row.timestamp} form="absolute" />
              </Link>{" "}
              <span className="text-sm text-ink-2">{TYPE_WORDS[row.type]}</span>
              <div className="text-sm text-ink-2 [overflow-wrap:anywhere] first-letter:uppercase">
                {row.why}
                {row.stays && row.goesAt ? (
                  <>
                    , until <Time at={row.goesAt} form="absolute" />
                  </>
                ) : null}
              </div>
            </div>
            <span className="text-sm text-ink-2 tabular-nums">{formatBytes(row.bytes)}</span>
          </li>
        ))}
      </ul>
      {left > 0 ? <p className="text-sm text-ink-2">And {plural(left, "more backup")} that are older.</p> : null}
    </>
  );
}
