import clsx from "clsx";
import { Icon } from "@/components/icon";
import type { Status } from "../_shell/use-status";

/** How long a stop would take now: a quiet line while it fits the budget, a warning with the way out when it does not. */
export function StopLine({ status: { stop, database } }: { status: Status }) {
  const { seconds, fits, budgetSeconds, text } = stop;
  return (
    <p
      data-stop={seconds === null ? "unknown" : fits ? "fits" : "too-long"}
      className={clsx(
        "flex items-start gap-2 border-t border-line px-4 py-2.5 text-sm text-ink-2 sm:px-[22px]",
        !fits && "rounded-b-card bg-warn-soft",
      )}
    >
      <Icon
        name={fits ? "power" : "warning"}
        size={14}
        className={clsx("mt-[3px]", fits ? "text-ink-3" : "text-warn")}
      />
      <span className="min-w-0">
        {fits ? (
          text
        ) : (
          <>
            <strong className="font-semibold text-warn">{text}</strong> A stop has {budgetSeconds}&nbsp;s. Nothing would
            be lost:{" "}
            {database.changedSinceBackup
              ? "the database closes cleanly and the next start takes the backup. Back up now, so that less is left to send, or raise SHUTDOWN_BUDGET_SECONDS."
              : "the newest backup holds it all. Raise SHUTDOWN_BUDGET_SECONDS."}
          </>
        )}
      </span>
    </p>
  );
}
