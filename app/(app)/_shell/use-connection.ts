"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

/** live: events arrive; polling: only questions work; restarting: the server said so; offline: nobody answers. */
export type Connection = "live" | "polling" | "offline" | "restarting";

type Health = "answers" | "restarting" | "silent";

/** A reconnect that works at once must not make the line flicker. */
const PATIENCE_MS = 1_500;
const ASK_EVERY_MS = 2_500;
const ANSWER_WITHIN_MS = 5_000;

/** What the shell's connection line says. `streaming` is whether the event stream is open now. */
export function useConnection(streaming: boolean): { connection: Connection; lostAt: number | null } {
  const [lostAt, setLostAt] = useState<number | null>(null);
  const announced = useRef(false);
  useEffect(() => {
    if (streaming) {
      announced.current = false;
      setLostAt(null);
      return;
    }
    const timer = setTimeout(() => setLostAt((at) => at ?? Date.now()), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [streaming]);
  const health = useQuery({
    queryKey: ["health"],
    queryFn: askHealth,
    enabled: lostAt !== null,
    refetchInterval: ASK_EVERY_MS,
    networkMode: "always",
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  if (lostAt === null) return { connection: "live", lostAt };
  if (health.data === "restarting") announced.current = true;
  if (health.data === "answers") return { connection: "polling", lostAt };
  // Between "stopping" and "starting" nobody listens on the port: that silence is part of the restart.
  if (health.data === "silent") return { connection: announced.current ? "restarting" : "offline", lostAt };
  return { connection: health.data ?? "polling", lostAt };
}

async function askHealth(): Promise<Health> {
  const answer = await fetch("/api/health", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(
    () => null,
  );
  if (!answer) return "silent";
  const body: unknown = await answer.json().catch(() => null);
  const status = body && typeof body === "object" && "status" in body ? body.status : null;
  return status === "starting" || status === "stopping" ? "restarting" : "answers";
}
