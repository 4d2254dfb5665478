import { useUser } from "@/app/(app)/_shell/user";
import { CheckLine } from "@/components/check-line";
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
    <CheckLine row={row}>{row.code === "owner" && row.state === "fault" && canAdmin ? <TakeOver /> : null}</CheckLine>
  );
}
