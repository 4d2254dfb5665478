"use client";

import type { ReactNode } from "react";
import { formatBytes, plural } from "@/components/bytes";
import { Time, useMoment } from "@/components/time";
import { formatDuration, formatRelative, formatSpan } from "@/components/time-format";
import type { Status } from "../_shell/use-status";
import { StopLine } from "./stop-line";

const MINUTE_MS = 60_000;
/** R2's own tariff; the server has done the sum, this only says it. */
const PRICE_NOTE = "10 GB are free, each further GB costs $0.015 a month; operations come on top.";

export function RecoveryFacts({ status, storageKind }: { status: Status; storageKind: "local" | "r2" }) {
  const { now } = useMoment();
  const { loss, recoverySeconds, recoveryMeasured, next, stored, newestGood, database } = status;
  const lossMs = newestGood ? now - Date.parse(newestGood.timestamp) : null;
  const unchanged = loss.seconds === 0 || (newestGood !== null && !database.changedSinceBackup);
  const dollars = stored.monthlyDollars === null ? "" : `$${stored.monthlyDollars.toFixed(2)} a month, `;
  return (
    <section aria-label="Recovery facts" className="card mt-4">
      <dl className="grid grid-cols-2 lg:grid-cols-4">
        <Fact
          term="If the disk failed now"
          note={
            lossMs === null
              ? "There is no good backup yet"
              : unchanged
                ? "Nothing changed since the last backup"
                : loss.walBytes > 0
                  ? `${formatBytes(loss.walBytes)} of changes`
                  : "What changed since the last backup"
          }
        >
          {lossMs === null ? "you lose it all" : unchanged ? "you lose nothing" : `you lose ${formatSpan(lossMs)}`}
        </Fact>
        <Fact
          term="Getting it back takes"
          note={
            recoveryMeasured ? (
              <>
                Measured by a {recoveryMeasured.by} on <Time at={recoveryMeasured.at} form="day" />
              </>
            ) : (
              "The first drill or restore measures it"
            )
          }
        >
          {recoverySeconds === null ? "not measured yet" : `about ${formatDuration(recoverySeconds * 1000)}`}
        </Fact>
        <Fact term="Next backup" note={<span className="block first-letter:uppercase">{next.text}</span>}>
          {next.at ? nextText(Date.parse(next.at), now) : next.state === "paused" ? "paused" : "on request"}
        </Fact>
        <Fact
          term={storageKind === "r2" ? "Stored in R2" : "Stored on this disk"}
          note={<span title={dollars ? PRICE_NOTE : undefined}>{`${dollars}${plural(stored.count, "backup")}`}</span>}
        >
          {formatBytes(stored.bytes)}
        </Fact>
      </dl>
      <StopLine status={status} />
    </section>
  );
}

function nextText(at: number, now: number): string {
  return at - now < MINUTE_MS ? "any moment" : formatRelative(at, now);
}

/** Lines between the cells follow the grid: two columns first, four where there is room. */
function Fact({ term, note, children }: { term: string; note: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 border-line px-4 py-3.5 even:border-l max-lg:[&:nth-child(n+3)]:border-t sm:px-[22px] sm:py-[18px] lg:not-first:border-l">
      <dt className="text-sm text-ink-3">{term}</dt>
      <dd className="mt-0.5 font-serif text-[1.25rem]/[1.625rem] font-medium sm:text-fact">{children}</dd>
      <dd className="mt-0.5 text-sm text-ink-2">{note}</dd>
    </div>
  );
}
