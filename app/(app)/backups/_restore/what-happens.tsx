"use client";

import type { Status } from "@/app/(app)/_shell/use-status";
import { Card } from "@/components/card";
import { useMoment } from "@/components/time";
import { formatDay } from "@/components/time-format";
import type { RestorePreview } from "@/server/nestegg-restore";

const DAY_MS = 86_400_000;

interface WhatHappensProps {
  preview: RestorePreview;
  database: Pick<Status["database"], "name" | "state">;
}

/** In the order of the run's own steps, so that its page is known before it opens. */
export function WhatHappens({ preview, database }: WhatHappensProps) {
  const { now, zone } = useMoment();
  const open = database.state === "open";
  const steps = [
    "The backup is downloaded beside the database: only what differs from the live file is fetched.",
    "The copy is opened and every table is read. A backup that fails here changes nothing.",
    ...(open
      ? [
          "A safety backup of today’s data is taken.",
          "New writes wait a moment; running ones finish. Connections stay.",
        ]
      : []),
    "The files are swapped.",
    "The app opens the database, and its rows are compared with the backup.",
  ];
  return (
    <Card title="What happens">
      <ol aria-label="What happens" className="grid list-decimal gap-1.5 pl-5 marker:text-ink-3">
        {steps.map((step) => (
          <li key={step} className="pl-1">
            {step}
          </li>
        ))}
      </ol>
      <p className="mt-3 border-t border-line pt-3 text-sm text-ink-2">
        {preview.liveBytes > 0 ? (
          <>
            You can undo this until {formatDay(now + preview.keepsForDays * DAY_MS, now, zone)}: the replaced file is
            kept for {preview.keepsForDays}&nbsp;days. {open ? "The safety backup stays like any other." : null}
          </>
        ) : (
          <>There is no file of {database.name} now, so nothing is replaced and nothing needs a safety backup.</>
        )}
      </p>
    </Card>
  );
}
