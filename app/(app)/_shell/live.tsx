"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { activeRuns, isOver, type Operation, type Runs, withRun } from "./live-runs";
import { type Connection, useConnection } from "./use-connection";
import { useRefresh } from "./use-refresh";

interface ConnectionState {
  connection: Connection;
  /** When the stream broke, in ms; null while it is open. */
  lostAt: number | null;
}

const RunsContext = createContext<Runs | null>(null);
const ConnectionContext = createContext<ConnectionState | null>(null);

const POLL_BUSY_MS = 2_000;
const POLL_IDLE_MS = 30_000;
/** A stream that ended with a refusal is not reopened by tRPC itself. */
const REOPEN_AFTER_MS = 15_000;
const POLL_LIMIT = 50;

/** The tab's one event stream: keeps runs current for everybody below, has changed lists read again, polls when it must. */
export function LiveProvider({ initial, children }: { initial: Operation[]; children: ReactNode }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const refresh = useRefresh();
  const [runs, setRuns] = useState<Runs>(() => new Map(initial.map((run) => [run.id, run])));
  const known = useRef(runs);

  const take = useCallback(
    (operation: Operation) => {
      const next = withRun(known.current, operation);
      if (!next) return;
      const before = known.current.get(operation.id);
      known.current = next;
      setRuns(next);
      queryClient.setQueryData(trpc.operations.get.queryKey({ id: operation.id }), (old) =>
        old && old.revision > operation.revision ? old : operation,
      );
      if (!before || before.state !== operation.state) refresh("operations", "status");
      if (isOver(operation) || before?.backupId !== operation.backupId) refresh("backups");
    },
    [queryClient, refresh, trpc],
  );

  const stream = useSubscription(
    trpc.operations.events.subscriptionOptions(undefined, {
      onData: ({ data }) => (data.type === "operation" ? take(data.operation) : refresh(data.list)),
    }),
  );
  const { reset, status } = stream;
  useEffect(() => {
    if (status !== "error") return;
    const timer = setTimeout(reset, REOPEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [status, reset]);

  const { connection, lostAt } = useConnection(status === "pending");
  const active = activeRuns(runs);
  const poll = useQuery(
    trpc.operations.list.queryOptions(
      { limit: POLL_LIMIT },
      {
        enabled: connection === "polling",
        refetchInterval: active.length > 0 ? POLL_BUSY_MS : POLL_IDLE_MS,
        refetchOnWindowFocus: true,
      },
    ),
  );
  useEffect(() => {
    for (const operation of poll.data?.operations ?? []) take(operation);
  }, [poll.data, take]);

  const wasLive = useRef(true);
  useEffect(() => {
    if (connection === "live" && !wasLive.current) refresh("backups", "operations", "status", "tokens");
    wasLive.current = connection === "live";
  }, [connection, refresh]);

  const state = useMemo(() => ({ connection, lostAt }), [connection, lostAt]);
  return (
    <ConnectionContext value={state}>
      <RunsContext value={runs}>{children}</RunsContext>
    </ConnectionContext>
  );
}

/** What is queued, running or waiting now, oldest first; moves with every event. */
export function useLiveOperations(): Operation[] {
  const runs = useRuns();
  return useMemo(() => activeRuns(runs), [runs]);
}

/** One run as last heard of, also some time after its end; null when this tab has not heard of it. */
export function useLiveOperation(id: string | null | undefined): Operation | null {
  const runs = useRuns();
  return (id && runs.get(id)) || null;
}

export function useConnectionState(): ConnectionState {
  const state = useContext(ConnectionContext);
  if (!state) throw new Error("useConnectionState was called outside LiveProvider.");
  return state;
}

function useRuns(): Runs {
  const runs = useContext(RunsContext);
  if (!runs) throw new Error("Live runs were asked for outside LiveProvider.");
  return runs;
}
