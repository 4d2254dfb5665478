import { useUser } from "@/app/(app)/_shell/user";
import { Disc } from "@/components/badge";
import type { DoctorReport } from "@/server/nestegg-operate";
import { TakeOver } from "../storage/take-over";

type Row = DoctorReport["rows"][number];

const GROUPS: { group: Row["group"]; name: string }[] = [
  { group: "storage", name: "Storage" },
  { group: "path", name: "Backup path" },
  { group: "backups", name: "Backups" },
  { group: "database", name: "Database" },
  { group: "machine", name: "This machine" },
];
const TONES = { ok: "ok", warning: "warn", fault: "bad", skipped: "quiet" } as const;
const WORDS = { ok: "In order", warning: "Warning", fault: "Fault", skipped: "Skipped" } as const;

export function DoctorRows({ rows, busy }: { rows: Row[]; busy: boolean }) {
  return (
    <div aria-busy={busy} className={busy ? "opacity-60" : undefined}>
      {GROUPS.map(({ group, name }) => {
        const found = rows.filter((row) => row.group === group);
        if (found.length === 0) return null;
        return (
          <section key={group} aria-label={name} className="pt-4">
            <h3 className="text-sm font-semibold text-ink-3">{name}</h3>
            <ul>
              {found.map((row) => (
                <DoctorLine key={row.code} row={row} />
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function DoctorLine({ row }: { row: Row }) {
  const { canAdmin } = useUser();
  return (
    <li
      data-check={row.code}
      data-status={row.state}
      className="grid grid-cols-[28px_minmax(0,1fr)] gap-2.5 border-line py-2.5 not-first:border-t"
    >
      <Disc tone={TONES[row.state]} />
      <div className="min-w-0">
        <span className="font-semibold">{row.title}</span>
        <span className="sr-only">: {WORDS[row.state]}</span>
        <div className="text-sm text-ink-2 first-letter:uppercase [overflow-wrap:anywhere]">{row.text}</div>
        {row.hint ? <div className="text-sm font-medium [overflow-wrap:anywhere]">{row.hint}</div> : null}
        {row.code === "owner" && row.state === "fault" && canAdmin ? <TakeOver /> : null}
      </div>
    </li>
  );
}
