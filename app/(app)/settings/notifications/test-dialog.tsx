"use client";

import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy-button";
import { Dialog } from "@/components/dialog";
import { FailureNote } from "@/components/failure-note";
import { Note } from "@/components/note";
import type { AlertChannelView } from "@/server/nestegg-operate";
import { useAlertsChanged } from "./use-alerts-changed";

/** Sends one at once, and shows the request as it went out and what the other side said. */
export function TestDialog({ channel, onClose }: { channel: AlertChannelView; onClose(): void }) {
  const trpc = useTRPC();
  const changed = useAlertsChanged();
  const begun = useRef(false);
  const test = useMutation(trpc.alerts.test.mutationOptions({ onSettled: changed }));
  const { mutate } = test;
  useEffect(() => {
    // React draws twice in development; a press sends one.
    if (begun.current) return;
    begun.current = true;
    mutate({ id: channel.id });
  }, [channel.id, mutate]);
  const failure = test.error ? appErrorOf(test.error) : null;
  return (
    <Dialog
      open
      wide
      onOpenChange={onClose}
      title={`Test of ${channel.name}`}
      description={channel.target}
      footer={
        <>
          <Button icon="refresh" busy={test.isPending} onClick={() => mutate({ id: channel.id })}>
            Send again
          </Button>
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <div role="status" aria-label="Answer">
          {test.isPending ? <p className="text-ink-2">Waiting for the answer…</p> : null}
          {!test.isPending && test.data ? <Note tone={test.data.ok ? "ok" : "danger"}>{test.data.answer}.</Note> : null}
        </div>
        <FailureNote failure={failure} />
        {test.data && test.data.request !== "" ? (
          <div>
            <p className="mb-1.5 text-sm font-semibold">The request, without its secrets</p>
            <pre className="rounded-control border border-line bg-sunken p-3 font-mono text-sm whitespace-pre-wrap [overflow-wrap:anywhere]">
              {test.data.request}
            </pre>
            <div className="mt-2">
              <CopyButton text={test.data.request} label="Copy request" />
            </div>
          </div>
        ) : null}
      </div>
    </Dialog>
  );
}
