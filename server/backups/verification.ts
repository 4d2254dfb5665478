import type { Clock } from "../clock";
import type { Inspection } from "../database/inspect";
import type { Manifest } from "./manifest";

type Verification = NonNullable<Manifest["verification"]>;

/** What a manifest says of a reading that began at `startedAt` and is over now. */
export function verificationOf(
  clock: Clock,
  reading: Pick<Verification, "result" | "method"> & {
    inspection: Inspection | null;
    error?: string | null;
    startedAt: Date;
  },
): Verification {
  const { result, method, inspection, error = null, startedAt } = reading;
  const now = clock.now();
  return {
    at: now.toISOString(),
    result,
    method,
    ...(inspection && { engine: inspection.engineVersion }),
    tables: inspection?.tables.map((table) => ({ ...table })) ?? [],
    error,
    durationMs: now.getTime() - startedAt.getTime(),
  };
}
