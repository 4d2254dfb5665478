import { clsx } from "clsx";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy-button";
import { saveFile } from "@/components/save-file";
import { useMoment } from "@/components/time";
import type { LogLine } from "@/server/control/types";

interface OperationLogProps {
  runId: string;
  lines: LogLine[];
}

/** All lines of a run. Not read out as they come: the page announces the steps instead. */
export function OperationLog({ runId, lines }: OperationLogProps) {
  const { zone } = useMoment();
  const text = lines
    .map((line) => `${line.at} ${line.level} ${line.step ? `[${line.step}] ` : ""}${line.text}`)
    .join("\n");
  return (
    <section aria-labelledby="log-title" className="card min-w-0">
      <header className="flex flex-wrap items-center justify-between gap-2 px-4 py-3 sm:px-[22px]">
        <h2 id="log-title" className="text-md font-semibold">
          Log
        </h2>
        {lines.length > 0 ? (
          <span className="flex gap-2">
            <CopyButton text={text} label="Copy log" />
            <Button size="sm" icon="download" onClick={() => saveFile(`${runId}.log`, `${text}\n`, "text/plain")}>
              Download log
            </Button>
          </span>
        ) : null}
      </header>
      <div
        role="log"
        aria-label="Run log"
        aria-live="off"
        className="border-t border-line px-4 py-3 font-mono text-id sm:px-[22px]"
      >
        {lines.length === 0 ? <p className="font-sans text-sm text-ink-3">Nothing was logged yet.</p> : null}
        {lines.map((line) => (
          <p
            key={line.sequence}
            data-level={line.level}
            className={clsx(
              "grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 py-px [overflow-wrap:anywhere]",
              line.level === "warn" && "text-warn",
              line.level === "error" && "text-danger",
            )}
          >
            <time dateTime={line.at} className="text-ink-3 tabular-nums">
              {clockText(line.at, zone)}
            </time>
            <span>
              {line.level === "info" ? "" : `${line.level}: `}
              {line.text}
            </span>
          </p>
        ))}
      </div>
    </section>
  );
}

/** With seconds: in a log they are what one looks for. */
function clockText(at: string, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: zone }).format(Date.parse(at));
}
