import type { BackupView, StatusView, StorageCheck } from "../nestegg";
import type { DoctorReport } from "../nestegg-operate";
import type { BackupContext } from "./context";

/** UTC, as the ids of the backups are. */
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** What the Overview ticks off: each with where to look, from what is known without asking the bucket. */
export function safetyChecks(
  ctx: BackupContext,
  views: BackupView[],
  storage: StorageCheck | null,
): StatusView["checks"] {
  const registered = views.filter((view) => view.state !== "unregistered");
  const failed = registered.filter((view) => view.state === "failed" || view.state === "missing").length;
  const read = registered.filter((view) => view.state === "verified" || view.state === "checked").length;
  const latest = views.find((view) => view.status === "latest_restored");
  const unregistered = views.length - registered.length;
  const tried = storage?.rows.filter((row) => row.state !== "skipped") ?? [];
  const bad = storage?.rows.filter((row) => row.state === "fail").length ?? 0;
  const checks: StatusView["checks"] = [
    {
      code: "verified",
      state: failed > 0 ? "fail" : read < registered.length || registered.length === 0 ? "warn" : "pass",
      title: registered.length === 0 ? "Nothing verified yet" : `${read} of ${registered.length} verified`,
      text:
        registered.length === 0
          ? "There is no backup to read back"
          : failed > 0
            ? `${failed} did not pass or are missing`
            : read < registered.length
              ? `${registered.length - read} not read back yet`
              : "Every backup was read back",
      href: failed > 0 ? "/backups?state=failed" : "/backups",
    },
    storage
      ? {
          code: "storage",
          state: bad > 0 ? "fail" : storage.rows.some((row) => row.state === "warn") ? "warn" : "pass",
          title: bad > 0 ? "Storage check failed" : "Storage check passed",
          text: `${tried.length - bad} of ${tried.length} checks, on ${DAY.format(new Date(storage.at))}`,
          href: "/settings/storage",
        }
      : {
          code: "storage",
          state: "warn",
          title: "Storage not checked yet",
          text: "Tries to write, read and delete in the bucket",
          href: "/settings/storage",
        },
    {
      code: "latest-restored",
      state: "pass",
      title: latest ? "Latest restored" : "Nothing marked as restored",
      text: latest?.id ?? "Mark the backup that your app runs on after a restore",
      href: latest ? `/backups/${latest.id}` : "/backups",
    },
  ];
  if (ctx.store.kind === "local")
    checks.push({
      code: "local-only",
      state: "warn",
      title: "This machine only",
      text: "A lost disk loses database and backups",
      href: "/settings/storage",
    });
  if (unregistered > 0)
    checks.push({
      code: "unregistered",
      state: "warn",
      title: `${unregistered} unregistered`,
      text: "Files of our name form without a manifest",
      href: "/backups?state=unregistered",
    });
  const { conflict } = ctx.ownership;
  if (conflict)
    checks.push({
      code: "owner",
      state: "fail",
      title:
        conflict.code === "other-server" ? "Another server owns this path" : "This path is marked for something else",
      text: `${ctx.ownership.owner?.host}: nothing is deleted from here`,
      href: "/settings/storage",
    });
  return checks;
}

/** The doctor's last report, with what it found worst; nothing before the first one. */
export function doctorChecks(report: DoctorReport | null): StatusView["checks"] {
  if (!report) return [];
  const faults = report.rows.filter(({ state }) => state === "fault");
  const warnings = report.rows.filter(({ state }) => state === "warning");
  const worst = faults[0] ?? warnings[0];
  const found = faults.length > 0 ? counted(faults.length, "fault") : counted(warnings.length, "warning");
  return [
    {
      code: "doctor",
      state: faults.length > 0 ? "fail" : warnings.length > 0 ? "warn" : "pass",
      title: worst ? `Doctor: ${found}` : "Doctor found nothing",
      text: worst ? `${worst.title}: ${worst.text}` : `${report.rows.length} checks, ${report.at.slice(0, 10)}`,
      href: "/settings/doctor",
    },
  ];
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

export interface RecordFault {
  since: Date | string;
  message: string;
}

export function recordChecks(fault: RecordFault | null): StatusView["checks"] {
  if (!fault) return [];
  return [
    {
      code: "records",
      state: "fail",
      title: "Records wait in memory",
      text: `Activity cannot be written: ${fault.message}`,
      href: null,
    },
  ];
}
