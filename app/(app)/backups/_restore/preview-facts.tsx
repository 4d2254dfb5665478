import { sentence } from "@/components/backup-words";
import { formatBytes, plural } from "@/components/bytes";
import { Card } from "@/components/card";
import { Fact, FactNote, Facts } from "@/components/fact";
import { Time } from "@/components/time";
import { formatDuration } from "@/components/time-format";
import type { RestorePreview } from "@/server/nestegg-restore";

/** What would be gone, what it needs, and what it rests on. */
export function PreviewFacts({ preview }: { preview: RestorePreview }) {
  const { engine, liveEngine, disk, estimate, liveBytes } = preview;
  return (
    <Card title="Before you decide">
      <Facts>
        <Fact name="Written since">
          <WrittenSince changesSince={preview.changesSince} lastChangeAt={preview.lastChangeAt} />
        </Fact>
        <Fact name="Size">
          {liveBytes > 0 ? `${formatBytes(liveBytes)} now, ` : "no file now, "}
          {formatBytes(preview.bytes)} after
        </Fact>
        <Fact name="Disk">
          needs {formatBytes(disk.neededBytes)} beside the database, {formatBytes(disk.freeBytes)} free
        </Fact>
        <Fact name="Takes">
          {estimate ? (
            <>
              about {formatEstimate(estimate.seconds)}
              <FactNote>{sentence(estimate.basis)}</FactNote>
            </>
          ) : (
            "not measured yet: the first restore measures it"
          )}
        </Fact>
        {engine && engine.duckdb !== "unknown" ? (
          <Fact name="Engine">
            {engine.duckdb === liveEngine.duckdb
              ? `DuckDB ${engine.duckdb}, as this server`
              : `written by DuckDB ${engine.duckdb}, this server runs ${liveEngine.duckdb}`}
          </Fact>
        ) : null}
      </Facts>
      {preview.upgradeNote || preview.notes.length > 0 ? (
        <ul aria-label="Notes" className="mt-3 grid gap-1.5 border-t border-line pt-3 text-sm text-ink-2">
          {[preview.upgradeNote, ...preview.notes]
            .filter((note) => note !== null)
            .map((note) => (
              <li key={note}>{sentence(note)}</li>
            ))}
        </ul>
      ) : null}
    </Card>
  );
}

/** In whole seconds: tenths would claim more than an estimate knows. */
function formatEstimate(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 60 ? `${whole}\u00a0s` : formatDuration(whole * 1000);
}

interface WrittenSinceProps {
  changesSince: number | null;
  lastChangeAt: string | null;
}

/** Names what a swap loses; also for an undo. */
export function WrittenSince({ changesSince, lastChangeAt }: WrittenSinceProps) {
  if (changesSince === 0) return "nothing: no change was committed since";
  const last = lastChangeAt ? (
    <>
      , the last <Time at={lastChangeAt} form="both" />
    </>
  ) : null;
  if (changesSince === null) {
    return lastChangeAt ? (
      <>
        not counted; the last change was <Time at={lastChangeAt} form="both" />
      </>
    ) : (
      "not known: this server has seen no change since it opened the file"
    );
  }
  return (
    <>
      {plural(changesSince, "transaction")}
      {last}
      <FactNote>
        {changesSince === 1 ? "It goes" : "They go"} from the live database and {changesSince === 1 ? "stays" : "stay"}{" "}
        in the safety backup.
      </FactNote>
    </>
  );
}
