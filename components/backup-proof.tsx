import { sentence } from "@/components/backup-words";
import { Disc, type Tone } from "@/components/badge";
import { formatBytes, formatCount, plural } from "@/components/bytes";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import type { BackupView } from "@/server/nestegg";

type Proven = "pass" | "fail" | "skipped";

interface ProofItem {
  about: "stored" | "read" | "opened" | "rows" | "when";
  status: Proven;
  text: React.ReactNode;
}

const TONES: Record<Proven, Tone> = { pass: "ok", fail: "bad", skipped: "quiet" };
const WORDS: Record<Proven, string> = { pass: "Passed: ", fail: "Failed: ", skipped: "Not yet: " };

/** What is known of a backup, one fact a line, instead of one green word. */
export function BackupProof({ backup }: { backup: BackupView }) {
  return (
    <ul aria-label="Proof" className="grid gap-3">
      {proofOf(backup).map((item) => (
        <li key={item.about} data-status={item.status} className="flex items-start gap-3">
          <Disc tone={TONES[item.status]} className="size-6!" />
          <span className="min-w-0 pt-0.5 [overflow-wrap:anywhere]">
            <span className="sr-only">{WORDS[item.status]}</span>
            {item.text}
          </span>
        </li>
      ))}
    </ul>
  );
}

function proofOf(backup: BackupView): ProofItem[] {
  const check = backup.verification;
  const rows = check?.tables.reduce((sum, table) => sum + table.rows, 0) ?? 0;
  if (backup.state === "unregistered") {
    return [{ about: "stored", status: "skipped", text: "Nobody knows yet whether the file is whole." }];
  }
  const stored: ProofItem =
    backup.state === "missing"
      ? { about: "stored", status: "fail", text: "The file is gone from the bucket; only its manifest is left." }
      : { about: "stored", status: "pass", text: `Stored whole: the bucket confirmed ${formatBytes(backup.bytes)}.` };
  if (!check) {
    return [
      stored,
      { about: "read", status: "skipped", text: "Not read back from the bucket yet." },
      { about: "opened", status: "skipped", text: "Not opened and read with DuckDB yet." },
    ];
  }
  if (check.result === "failed") {
    return [
      stored,
      { about: "read", status: "fail", text: sentence(check.error ?? "The content is not what was written") },
      checkedAt(check),
    ];
  }
  const read: ProofItem = {
    about: "read",
    status: "pass",
    text: "Read back: all parts match their SHA-256, all blocks their checksum.",
  };
  if (check.result === "checked") {
    return [
      stored,
      read,
      { about: "opened", status: "skipped", text: "Not opened with DuckDB: too little disk space for a copy." },
      checkedAt(check),
    ];
  }
  const engine = /DuckDB \S+/.exec(check.method)?.[0] ?? "DuckDB";
  return [
    stored,
    read,
    { about: "opened", status: "pass", text: `Opened read-only with ${engine}.` },
    {
      about: "rows",
      status: "pass",
      text: `${plural(check.tables.length, "table")}, ${formatCount(rows)} rows: every column read.`,
    },
    checkedAt(check),
  ];
}

function checkedAt(check: NonNullable<BackupView["verification"]>): ProofItem {
  return {
    about: "when",
    status: check.result === "failed" ? "fail" : "pass",
    text: (
      <>
        Checked <Time at={check.at} form="both" />, took {formatDuration(check.durationMs)}.
      </>
    ),
  };
}
