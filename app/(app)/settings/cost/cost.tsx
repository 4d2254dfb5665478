"use client";

import { useSuspenseQuery } from "@tanstack/react-query";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { Card } from "@/components/card";
import { aboutDollars, formatDollars } from "@/components/dollars";
import { Note } from "@/components/note";
import { CostForm } from "./cost-form";
import { CostHistory } from "./cost-history";
import { MonthTable } from "./month-table";

export type CostView = RouterOutputs["cost"]["get"];

/** The month so far and as it will be, the months before, and the prices that all of it is worked out with. */
export function Cost() {
  const trpc = useTRPC();
  const view = useSuspenseQuery(trpc.cost.get.queryOptions()).data;
  const { forecast, settings, perBackupDollars } = view;
  return (
    <>
      {forecast.overBudget && view.billed && settings.budget !== null ? (
        <Note tone="warn" title={`This month will cost ${aboutDollars(forecast.totalDollars)}.`}>
          The budget is {formatDollars(settings.budget)}. Backups go on. Keep fewer in Retention, or raise the budget
          below.
        </Note>
      ) : null}
      <Card title="This month" sub={whose(view)}>
        <MonthTable view={view} />
        <dl className="mt-4 grid gap-3 border-t border-line pt-4 sm:grid-cols-3">
          <Sum name="Forecast, whole month" text={aboutDollars(forecast.totalDollars)} />
          <Sum name="Budget" text={settings.budget === null ? "none" : `${formatDollars(settings.budget)} a month`} />
          <Sum
            name="One more backup"
            text={perBackupDollars === null ? "not known yet" : aboutDollars(perBackupDollars)}
            hint="its requests and a month of keeping it, without the free allowance"
          />
        </dl>
      </Card>
      <CostHistory history={view.history} />
      <CostForm view={view} />
    </>
  );
}

function whose({ isR2, billed }: CostView): string {
  if (!billed) return "Backups lie in a folder and cost nothing. This is what R2 would ask for them.";
  if (!isR2) return "This bucket is not R2’s: the sums are what R2 would ask. Put your provider’s prices in below.";
  return "Counted from real requests and stored bytes, after R2’s free allowance, pro rata.";
}

function Sum({ name, text, hint }: { name: string; text: string; hint?: string }) {
  return (
    <div>
      <dt className="text-sm text-ink-3">{name}</dt>
      <dd className="text-md font-semibold tabular-nums">{text}</dd>
      {hint ? <dd className="text-sm text-ink-3">{hint}</dd> : null}
    </div>
  );
}
