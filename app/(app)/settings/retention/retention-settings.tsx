"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { type RouterOutputs, useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { Card } from "@/components/card";
import { DiscardButton } from "@/components/discard-button";
import { Note } from "@/components/note";
import { Time } from "@/components/time";
import { useRefresh } from "../../_shell/use-refresh";
import { useUser } from "../../_shell/user";
import { UnsavedGuard } from "../unsaved-guard";
import { useDraft } from "../use-draft";
import { PolicyFields } from "./policy-fields";
import { RetentionPreview } from "./retention-preview";
import { policyFormOf, policyOf, samePolicyForm } from "./rule-form";

const DeleteQuestion = dynamic(() => import("./delete-question").then((module) => module.DeleteQuestion), {
  ssr: false,
});

const AS_TYPED = { formOf: policyFormOf, isSame: samePolicyForm };

type View = RouterOutputs["retention"]["get"];
/** So long after the last key: one question to the server, not one a key. */
const DEBOUNCE_MS = 300;

export function RetentionSettings() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const refresh = useRefresh();
  const { canAdmin } = useUser();
  const view = useSuspenseQuery(trpc.retention.get.queryOptions()).data;
  const draft = useDraft(view.policy, AS_TYPED);
  const { form, was, dirty } = draft;
  const [asking, setAsking] = useState<"save" | "run" | null>(null);
  const policy = policyOf(form);
  const settled = useSettled(JSON.stringify(policy ?? view.policy));
  const answer = useQuery(
    trpc.retention.preview.queryOptions(JSON.parse(settled), {
      enabled: dirty && policy !== null,
      placeholderData: keepPreviousData,
      retry: false,
    }),
  );
  const isStale =
    dirty && (answer.isFetching || answer.isPlaceholderData || settled !== JSON.stringify(policy ?? view.policy));
  const preview = (dirty ? answer.data : null) ?? view.preview;

  const done = (next: View) => {
    setAsking(null);
    queryClient.setQueryData(trpc.retention.get.queryKey(), next);
    draft.discard();
    refresh("backups", "operations", "status");
  };
  const save = useMutation(
    trpc.retention.save.mutationOptions({
      onSuccess: done,
      onError: () => void queryClient.invalidateQueries(trpc.retention.get.queryFilter()),
    }),
  );
  const run = useMutation(
    trpc.retention.run.mutationOptions({
      onSuccess: ({ operationId }) => {
        setAsking(null);
        refresh("backups", "operations");
        void queryClient.invalidateQueries(trpc.retention.get.queryFilter());
        router.push(`/activity/${encodeURIComponent(operationId)}`);
      },
    }),
  );
  const { deletes, digest, acceptNewest, blocked } = preview;
  const deletesNow = blocked ? 0 : deletes;
  const failure = save.error ?? run.error ?? (dirty ? answer.error : null);
  const fault = failure ? appErrorOf(failure) : null;
  const send = () =>
    policy ? save.mutate({ policy, confirmed: { deletes, digest, acceptNewest: null }, was }) : undefined;
  const mayRun = canAdmin && !dirty && deletes > 0 && (!blocked || blocked.code === "suspicious");

  return (
    <>
      <UnsavedGuard dirty={dirty && canAdmin} what="retention" />
      <Card title="What is kept" sub={<Source view={view} />}>
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (deletesNow > 0) setAsking("save");
            else send();
          }}
        >
          {canAdmin ? null : <p className="text-sm text-ink-2">Only admins can change these rules. Ask an admin.</p>}
          <PolicyFields form={form} readOnly={!canAdmin || save.isPending} onChange={draft.change} />
          {fault && asking === null ? (
            <Note tone="danger" role="alert" title={fault.message}>
              {fault.hint}
            </Note>
          ) : null}
          {canAdmin ? (
            <div className="flex flex-wrap items-center gap-2">
              <Button
                type="submit"
                variant="primary"
                busy={save.isPending}
                disabled={!dirty || policy === null || isStale || answer.isError}
              >
                {dirty && deletesNow > 0 && !isStale ? `Save and delete ${deletesNow}` : "Save retention"}
              </Button>
              {dirty ? (
                <DiscardButton
                  variant="quiet"
                  busy={save.isPending}
                  onDiscard={() => {
                    save.reset();
                    draft.discard();
                  }}
                />
              ) : null}
            </div>
          ) : null}
        </form>
      </Card>
      <RetentionPreview preview={preview} stale={isStale} saved={!dirty} />
      <Card title="Runs" sub={<NextRun view={view} />}>
        <LastRun view={view} />
        {canAdmin ? (
          <div className="mt-3 flex flex-wrap gap-2">
            {mayRun ? (
              <Button variant="danger" disabled={run.isPending} onClick={() => setAsking("run")}>
                Delete {deletes} now…
              </Button>
            ) : null}
            <Button
              busy={run.isPending && asking === null}
              disabled={dirty}
              onClick={() => run.mutate({ dryRun: true })}
            >
              Dry run
            </Button>
          </div>
        ) : null}
      </Card>
      {asking ? (
        <DeleteQuestion
          deletes={deletes}
          bytes={preview.deletesBytes}
          keeps={preview.keeps}
          warning={blocked?.text ?? (preview.needsConfirmation ? "That is more than half of the good backups." : null)}
          confirmLabel={asking === "save" ? `Save and delete ${deletes}` : `Delete ${deletes}`}
          busy={save.isPending || run.isPending}
          error={fault ? `${fault.message} ${fault.hint ?? ""}`.trim() : null}
          onClose={() => setAsking(null)}
          onConfirm={() =>
            asking === "save" ? send() : run.mutate({ dryRun: false, confirmed: { deletes, digest, acceptNewest } })
          }
        />
      ) : null}
    </>
  );
}

/** The text once it has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Source({ view }: { view: View }) {
  if (view.source === "dashboard") return "Saved here; BACKUP_RETENTION_DAYS is not used any more.";
  if (view.source === "environment") return "Set by BACKUP_RETENTION_DAYS until rules are saved here.";
  return "The default of BACKUP_RETENTION_DAYS, until rules are saved here.";
}

function NextRun({ view }: { view: View }) {
  if (!view.nextRunAt) return "Automatic backups are switched off (BACKUP_ENABLED), so nothing is deleted by itself.";
  return (
    <>
      Once a day by itself. Next: <Time at={view.nextRunAt} form="both" />.
    </>
  );
}

function LastRun({ view }: { view: View }) {
  if (!view.lastRun) return <p className="text-ink-2">None yet.</p>;
  return (
    <p className="[overflow-wrap:anywhere]">
      <Link href={`/activity/${encodeURIComponent(view.lastRun.operationId)}`} className="text-link font-semibold">
        <Time at={view.lastRun.at} form="both" />
      </Link>
      : {view.lastRun.summary}
    </p>
  );
}
