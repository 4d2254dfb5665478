"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { appErrorOf } from "@/app/_trpc/app-error";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import { useUser } from "@/app/(app)/_shell/user";
import { Badge, Disc } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { CopyButton } from "@/components/copy-button";
import { Note } from "@/components/note";
import { Time } from "@/components/time";

type Rules = RouterOutputs["bucketRules"]["get"];

/** What the bucket deletes by itself, and what it should. Read when the page is open: it asks the store. */
export function BucketRules() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const refresh = useRefresh();
  const { canAdmin } = useUser();
  const query = useQuery(trpc.bucketRules.get.queryOptions(undefined, { retry: false }));
  const write = useMutation(
    trpc.bucketRules.write.mutationOptions({
      onSuccess: (rules) => queryClient.setQueryData(trpc.bucketRules.get.queryKey(), rules),
      onSettled: () => refresh("operations"),
    }),
  );
  const rules = query.data;
  if (rules && !rules.supported) return null;
  const failure = write.error ?? query.error;
  const fault = failure ? appErrorOf(failure) : null;
  return (
    <Card
      title="Rules of the bucket"
      sub={
        rules?.readAt ? <Read at={rules.readAt} /> : "The net under the retention: R2 deletes by age without asking."
      }
    >
      <div aria-busy={query.isPending} className="grid gap-3">
        {query.isPending ? <p className="text-ink-2">Reading the bucket’s rules…</p> : null}
        {fault ? (
          <Note tone="danger" role="alert" title={fault.message}>
            {fault.hint}
          </Note>
        ) : null}
        {rules?.problem ? (
          <Note tone="warn" title={rules.problem.text}>
            {rules.problem.hint}
          </Note>
        ) : null}
        {rules?.warnings.map((warning) => (
          <Note key={warning} tone="danger" title={warning} />
        ))}
        {rules ? <RuleList rules={rules} /> : null}
        {rules ? (
          <div className="flex flex-wrap gap-2">
            {canAdmin && !rules.problem && rules.missing.length > 0 ? (
              <Button icon="cloud" busy={write.isPending} onClick={() => write.mutate()}>
                Write the rules
              </Button>
            ) : null}
            <CopyButton text={rules.asJson} label="Copy rule" size="md" />
          </div>
        ) : null}
        <p className="text-sm text-ink-2">
          A rule knows no lock. While this server runs, owns the path, and its database is open, what must stay is
          written anew before it is 60&nbsp;days old, so that no rule of 90 takes it. “Copy rule” gives Nestegg’s own
          rules only: a tool that puts them replaces all others of the bucket.
        </p>
      </div>
    </Card>
  );
}

function Read({ at }: { at: string }) {
  return (
    <>
      Read <Time at={at} form="both" />
    </>
  );
}

function RuleList({ rules }: { rules: Rules }) {
  if (rules.rules.length + rules.missing.length === 0) return null;
  return (
    <ul aria-label="Bucket rules">
      {rules.missing.map(({ what, text }) => (
        <li
          key={what}
          data-rule={`missing-${what}`}
          data-status="warn"
          className="grid grid-cols-[28px_minmax(0,1fr)] gap-2.5 border-line py-2.5 not-first:border-t"
        >
          <Disc tone="warn" />
          <div className="min-w-0">
            <span className="font-semibold">
              {what === "expire" ? "No rule for old backups" : "No rule for unfinished uploads"}
            </span>
            <div className="text-sm text-ink-2 [overflow-wrap:anywhere]">{text}</div>
          </div>
        </li>
      ))}
      {rules.rules.map((rule) => (
        <li
          key={`${rule.id} ${rule.prefix}`}
          data-rule={rule.id}
          data-status={rule.enabled ? "pass" : "skipped"}
          className="grid grid-cols-[28px_minmax(0,1fr)] gap-2.5 border-line py-2.5 not-first:border-t"
        >
          <Disc tone={rule.enabled ? "ok" : "quiet"} />
          <div className="min-w-0">
            <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span className="font-semibold">{doing(rule)}</span>
              {rule.ours ? <Badge tone="ok">Nestegg’s</Badge> : null}
              {rule.enabled ? null : <Badge tone="quiet">Off</Badge>}
            </span>
            <div className="text-sm text-ink-2 [overflow-wrap:anywhere]">
              Under <code className="font-mono text-id">{rule.prefix || "/"}</code>, {rule.id || "without a name"}
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

function doing({ expireDays, abortDays }: Rules["rules"][number]): string {
  const parts = [
    expireDays === null ? null : `Deletes objects after ${expireDays} days`,
    abortDays === null ? null : `drops unfinished uploads after ${abortDays} days`,
  ].filter((part) => part !== null);
  const text = parts.length > 0 ? parts.join(", ") : "Does something else";
  return text.charAt(0).toUpperCase() + text.slice(1);
}
