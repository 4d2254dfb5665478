"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPCClient } from "@/app/_trpc/client";
import { useRefresh } from "@/app/(app)/_shell/use-refresh";
import type { UploadView } from "@/server/nestegg-restore";
import { PartRefused, putPart } from "./put-part";
import { sendParts } from "./send-parts";

export type UploadPhase = "choosing" | "sending" | "paused" | "finishing";

interface Upload {
  phase: UploadPhase;
  sentBytes: number;
  /** Why it stands still, or was not taken. */
  error: string | null;
  start(file: File, note: string): Promise<void>;
  pause(): void;
  resume(): Promise<void>;
  /** Drops what was sent. */
  cancel(): Promise<void>;
}

interface Job {
  file: File;
  note: string;
  upload: UploadView;
}

const NO_ANSWER = "The connection was lost. What was sent is kept: the upload goes on from there.";

/** A file on its way, in parts: it can stand still and go on as long as the page is open, and its run's page opens in the end. */
export function useUpload(): Upload {
  const client = useTRPCClient();
  const router = useRouter();
  const refresh = useRefresh();
  const [phase, setPhase] = useState<UploadPhase>("choosing");
  const [sentBytes, setSentBytes] = useState(0);
  const [error, setError] = useState<string | null>(null);
  const job = useRef<Job | null>(null);
  const stop = useRef<AbortController | null>(null);

  // Who leaves the page gives it up: nobody could pick the file again from where it stood.
  useEffect(
    () => () => {
      stop.current?.abort();
      if (job.current) client.uploads.drop.mutate({ id: job.current.upload.id }).catch(() => {});
    },
    [client],
  );
  useEffect(() => {
    if (phase !== "sending" && phase !== "paused") return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [phase]);

  const stand = (text: string | null) => {
    setError(text);
    setPhase("paused");
  };

  const send = async (current: Job) => {
    const { file, upload, note } = current;
    const { id } = upload;
    const stopper = new AbortController();
    stop.current = stopper;
    setError(null);
    setPhase("sending");
    setSentBytes(receivedBytes(upload));
    try {
      await sendParts(
        file,
        upload,
        {
          send: (part, body, signal) => putPart({ id, part, body, signal }),
          onTaken: (_part, bytes) => setSentBytes((before) => before + bytes),
          wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
          isPassing: (failure) => !(failure instanceof PartRefused) || failure.status === 503,
        },
        stopper.signal,
      );
    } catch (failure) {
      // A cancel has put everything back already; only a pause, or a failure, leaves something to go on with.
      if (job.current === current) stand(stopper.signal.aborted ? null : wordsOf(failure));
      return;
    }
    setPhase("finishing");
    try {
      const { operationId } = await client.uploads.finish.mutate({ id, ...(note ? { note } : {}) });
      job.current = null;
      refresh("operations", "backups");
      router.push(`/activity/${encodeURIComponent(operationId)}`);
    } catch (failure) {
      stand(appText(failure));
    }
  };

  return {
    phase,
    sentBytes,
    error,
    start: async (file, note) => {
      setError(null);
      setPhase("sending");
      setSentBytes(0);
      try {
        const upload = await client.uploads.begin.mutate({ fileName: file.name, bytes: file.size });
        job.current = { file, note, upload };
        await send(job.current);
      } catch (failure) {
        setError(appText(failure));
        setPhase("choosing");
      }
    },
    pause: () => stop.current?.abort(),
    resume: async () => {
      const current = job.current;
      if (!current) return;
      setPhase("sending");
      try {
        current.upload = await client.uploads.get.query({ id: current.upload.id });
      } catch (failure) {
        return stand(appText(failure));
      }
      await send(current);
    },
    cancel: async () => {
      const current = job.current;
      job.current = null;
      stop.current?.abort();
      setPhase("choosing");
      setError(null);
      if (current) await client.uploads.drop.mutate({ id: current.upload.id }).catch(() => {});
    },
  };
}

function receivedBytes({ received, parts, partBytes, bytes }: UploadView): number {
  return received.reduce((sum, part) => sum + (part === parts - 1 ? bytes - part * partBytes : partBytes), 0);
}

function wordsOf(failure: unknown): string {
  return failure instanceof PartRefused ? failure.message : NO_ANSWER;
}

function appText(failure: unknown): string {
  const { message, hint } = appErrorOf(failure);
  return hint ? `${message} ${hint}` : message;
}
