import { isAppError } from "../../errors";
import type { DoctorRow } from "../../nestegg-operate";
import type { BackupContext } from "../context";
import { formatSize } from "../format-size";

type Ctx = Pick<BackupContext, "databasePath" | "isOpen" | "fault" | "runJob" | "stopping" | "restoring">;

/** The live file as a worker reads it, beside the engine: its headers and every block. */
export async function liveDatabaseRow(ctx: Ctx): Promise<DoctorRow> {
  const base = { code: "database", group: "database" as const, title: "Database file" };
  const fault = ctx.fault();
  if (fault) return { ...base, state: "fault", text: fault.message, hint: fault.hint };
  if (!ctx.isOpen() || ctx.restoring.holder)
    return { ...base, state: "skipped", text: "not looked at while a restore exchanges it", hint: null };
  try {
    const job = { kind: "check-blocks", path: ctx.databasePath } as const;
    const { bytes, blocks, tornFreeBlocks, storageVersion, writtenBy, settled } = await ctx.runJob(job, {
      signal: ctx.stopping,
      lowPriority: true,
    });
    if (!settled) {
      return {
        ...base,
        state: "warning",
        text: "it is written so busily that some blocks could not be judged; every backup checks each block as it reads it",
        hint: "Run the doctor again when less is written.",
      };
    }
    const torn =
      tornFreeBlocks > 0 ? `; ${tornFreeBlocks} unused blocks hold torn writes of the past, which is harmless` : "";
    const by = writtenBy === null ? "" : `, begun by DuckDB ${writtenBy}`;
    const text = `${formatSize(bytes)}: headers and all ${blocks} blocks match their checksums (format ${storageVersion}${by})${torn}`;
    return { ...base, state: "ok", text, hint: null };
  } catch (error) {
    if (!isAppError(error) || error.code === "cancelled") throw error;
    return { ...base, state: "fault", text: error.message, hint: error.hint ?? null };
  }
}
