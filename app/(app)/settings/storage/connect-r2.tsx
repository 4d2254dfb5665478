"use client";

import { CopyButton } from "@/components/copy-button";
import { Note } from "@/components/note";

/** What a reader puts into `.env` to leave the local folder; the values are theirs to fill in. */
const R2_LINES = ["R2_ACCOUNT_ID=", "R2_ACCESS_KEY_ID=", "R2_SECRET_ACCESS_KEY=", "R2_BUCKET_NAME="].join("\n");

export function ConnectR2() {
  return (
    <Note tone="warn" title="Backups are on this machine only.">
      A lost disk loses both the database and its backups. Put these lines into{" "}
      <code className="font-mono text-sm">.env</code> with the values from the Cloudflare dashboard, then start Nestegg
      again:
      <pre className="my-2 rounded-control border border-line bg-surface p-3 font-mono text-sm whitespace-pre-wrap">
        {R2_LINES}
      </pre>
      <CopyButton text={R2_LINES} label="Copy lines" />
    </Note>
  );
}
