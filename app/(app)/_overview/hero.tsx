"use client";

import clsx from "clsx";
import Link from "next/link";
import { Seal } from "@/components/mark";
import { BackupNowButton } from "../_shell/backup-now";
import type { Status } from "../_shell/use-status";
import { ProtectionLine } from "./protection-line";
import { Recover } from "./recover";
import { RunStrip } from "./run-strip";

/** Below this a database holds next to nothing: offer data to try Nestegg with. */
const NEARLY_EMPTY_BYTES = 2_000_000;

const SKINS = {
  safe: "hero-safe",
  "at-risk": "hero-at-risk",
  unprotected: "hero-unprotected",
  unknown: "hero-unknown",
} as const;

/** Is my data safe now? The words are the server's. */
export function Hero({ status }: { status: Status }) {
  const { protection, counts, database } = status;
  return (
    <section
      aria-label="Protection status"
      data-status={protection.status}
      className={clsx("card hero p-4 pt-5 sm:px-[30px] sm:pt-7 sm:pb-[22px]", SKINS[protection.status])}
    >
      <div className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-4 sm:gap-x-[22px] shell:grid-cols-[auto_minmax(0,1fr)_auto]">
        <Seal state={protection.status} className="h-[52px] w-11 sm:h-[72px] sm:w-16" />
        <div className="min-w-0">
          <h2 className="font-serif text-title font-medium tracking-[-0.01em] sm:text-verdict">{protection.title}</h2>
          <p className="mt-1 text-md text-ink-2">{protection.line}</p>
          {protection.link ? (
            <p className="mt-2">
              <Link href={protection.link.href} className="text-link">
                {protection.link.text}
              </Link>
            </p>
          ) : null}
        </div>
        <BackupNowButton className="max-shell:col-span-2 shell:justify-self-end" />
      </div>
      {protection.reasons.length > 1 ? <Reasons reasons={protection.reasons.slice(1)} /> : null}
      {database.faultReason ? <Recover status={status} fault={database.faultReason} /> : null}
      <RunStrip />
      {counts.backups === 0 && database.fileBytes < NEARLY_EMPTY_BYTES ? <SampleHint /> : null}
      <ProtectionLine status={status} />
    </section>
  );
}

/** The first one is the verdict's own line. */
function Reasons({ reasons }: { reasons: Status["protection"]["reasons"] }) {
  return (
    <ul aria-label="More reasons" className="mt-4 grid gap-1 text-sm text-ink-2">
      {reasons.map(({ code, text, href }) => (
        <li key={code} data-code={code} className="flex gap-2">
          <span aria-hidden="true">•</span>
          {href ? (
            <Link href={href} className="text-link font-medium!">
              {text}
            </Link>
          ) : (
            text
          )}
        </li>
      ))}
    </ul>
  );
}

function SampleHint() {
  return (
    <p className="mt-5 rounded-card border border-dashed border-edge px-4 py-3 text-ink-2">
      Nothing to back up yet? Fill the database with a sample of events, members and registrations:{" "}
      <code className="inline-block rounded-sm bg-sunken px-1.5 py-0.5 font-mono text-[0.8125rem] text-ink [overflow-wrap:anywhere]">
        npm run sample -- --size 200MB
      </code>
    </p>
  );
}
