import { rescueFile } from "../database/rescue";
import type { RescueJob, RescueResult } from "./protocol";

/** Replays a WAL that DuckDB cannot replay in place, on copies; in a process of its own because a bad WAL can end it. */
export async function rescue(job: RescueJob): Promise<RescueResult> {
  return { kind: "rescue", report: await rescueFile(job.input) };
}
