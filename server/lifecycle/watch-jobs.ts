import type { RequestTally } from "../backups/request-tally";
import { currentOperation, type Log } from "../log";
import type { RunJob } from "../worker/run-job";

/** Runs jobs as before; their requests to the store are counted, their lines go to the log with the operation they work for. */
export function watchJobs(runJob: RunJob, { requests, log }: { requests: RequestTally; log: Log }): RunJob {
  return (job, options) => {
    // Messages come from outside of any chain of calls.
    const operation = currentOperation();
    const of = { worker: job.kind, ...(operation && { operation }) };
    return runJob(job, {
      ...options,
      onMessage(message) {
        if (message.type === "requests") requests.add(message.counts);
        if (message.type === "log") log[message.level]({ ...message.fields, ...of }, message.text);
        options.onMessage?.(message);
      },
      onStderr: (line) => log.warn(of, line),
    });
  };
}
