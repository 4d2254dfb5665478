"use client";

import { restorePath } from "@/components/backup-words";
import { LinkButton } from "@/components/button";
import { Time } from "@/components/time";
import type { Status } from "../_shell/use-status";
import { StartEmpty } from "./start-empty";

interface RecoverProps {
  status: Status;
  fault: NonNullable<Status["database"]["faultReason"]>;
}

/** Another program holds the file, or it may not be read: a restore would not mend that. */
const NOT_LOST = new Set<RecoverProps["fault"]>(["held", "no-permission", "newer-engine"]);

/** The ways out while the app has no database: back to the newest backup, or, where the file is missing, an empty one. */
export function Recover({ status, fault }: RecoverProps) {
  const { newestGood } = status;
  const restores = newestGood !== null && !NOT_LOST.has(fault);
  if (!restores && fault !== "missing") return null;
  return (
    <div className="mt-4 flex flex-wrap items-center gap-x-3 gap-y-2">
      {restores ? (
        <>
          <LinkButton icon="restore" href={restorePath(newestGood.id)}>
            Restore the newest backup…
          </LinkButton>
          <Time at={newestGood.timestamp} form="both" className="text-sm text-ink-2" />
        </>
      ) : null}
      {fault === "missing" ? <StartEmpty /> : null}
    </div>
  );
}
