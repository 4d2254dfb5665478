"use client";

import { PageHead } from "@/components/page-head";
import { Time } from "@/components/time";
import { useStatus } from "../_shell/use-status";
import { FiveWeeks } from "./five-weeks";
import { Hero } from "./hero";
import { RecentActivity } from "./recent-activity";
import { RecoveryFacts } from "./recovery-facts";
import { SafetyChecks } from "./safety-checks";
import { SizeChart } from "./size-chart";

export function Overview({ storageKind }: { storageKind: "local" | "r2" }) {
  const status = useStatus();
  return (
    <>
      <PageHead title="Overview" actions={<Time at={status.at} form="moment" className="text-sm text-ink-3" />} />
      <Hero status={status} />
      <RecoveryFacts status={status} storageKind={storageKind} />
      <div className="mt-4 grid gap-4 lg:grid-cols-[minmax(0,1.75fr)_minmax(0,1fr)]">
        <SizeChart status={status} />
        <FiveWeeks status={status} />
        <RecentActivity status={status} />
        <SafetyChecks status={status} />
      </div>
    </>
  );
}
