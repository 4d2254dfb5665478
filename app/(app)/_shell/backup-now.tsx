"use client";

import { useMutation } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useId, useMemo, useState } from "react";
import { appErrorOf } from "@/app/_trpc/app-error";
import { useTRPC } from "@/app/_trpc/client";
import { Button, type ButtonSize } from "@/components/button";
import { KeyHint } from "@/components/key-hint";
import { progressText, runProgress } from "@/components/operation-words";
import { useLiveOperation, useLiveOperations } from "./live";
import { useRefresh } from "./use-refresh";
import { useUser } from "./user";

interface BackupNow {
  /** Does nothing while a press is being sent, or without the right. */
  start(): void;
  sending: boolean;
  /** Why it may not be pressed. */
  refusal: string | null;
  /** What became of the last press, until its run ends. */
  line: string | null;
  failed: boolean;
}

const BackupNowContext = createContext<BackupNow | null>(null);

/** One press for the whole shell: the button, the key B and the palette share it. */
export function BackupNowProvider({ children }: { children: ReactNode }) {
  const trpc = useTRPC();
  const refresh = useRefresh();
  const user = useUser();
  const [startedId, setStartedId] = useState<string | null>(null);
  const run = useLiveOperation(startedId);
  const { mutate, isPending, error } = useMutation(
    trpc.backups.create.mutationOptions({
      onSuccess: ({ operationId }) => {
        setStartedId(operationId);
        refresh("operations", "status");
      },
    }),
  );
  const refusal = user.canOperate ? null : "Only operators and admins can back up. Ask an admin.";
  const failure = error ? appErrorOf(error) : null;
  const failed = failure !== null;
  const line = failure ? `${failure.message} ${failure.hint ?? ""}`.trim() : queueLine(run?.state);
  const value = useMemo<BackupNow>(
    () => ({
      start: () => (isPending || refusal ? undefined : mutate({})),
      sending: isPending,
      refusal,
      line,
      failed,
    }),
    [mutate, isPending, refusal, line, failed],
  );
  return <BackupNowContext value={value}>{children}</BackupNowContext>;
}

function queueLine(state: string | undefined): string | null {
  return state === "queued" ? "A backup is running. Yours starts when it ends." : null;
}

export function useBackupNow(): BackupNow {
  const backupNow = useContext(BackupNowContext);
  if (!backupNow) throw new Error("useBackupNow was called outside the shell.");
  return backupNow;
}

/** The page's primary button; its name never changes, what runs is its description. */
export function BackupNowButton({ size = "md", className }: { size?: ButtonSize; className?: string }) {
  const { start, sending, refusal, line, failed } = useBackupNow();
  const running = useLiveOperations().find((run) => run.kind === "backup" && run.state !== "queued");
  const id = useId();
  const seen = refusal ?? line;
  return (
    <div className={className}>
      <Button
        variant="primary"
        size={size}
        icon="arrow-up"
        busy={sending}
        disabled={refusal !== null}
        aria-describedby={id}
        aria-keyshortcuts="b"
        onClick={start}
        className="w-full"
      >
        Backup now
        <KeyHint>B</KeyHint>
      </Button>
      <p
        id={id}
        role={failed ? "alert" : undefined}
        className={seen ? `mt-1.5 max-w-[36ch] text-sm ${failed ? "text-danger" : "text-ink-2"}` : "sr-only"}
      >
        {seen ?? (running ? `A backup is running. ${progressText(runProgress(running))}` : "")}
      </p>
    </div>
  );
}
