import type { ObjectStore, RequestCounts } from "../storage/object-store";
import type { FromWorker } from "./protocol";

/** What a killed worker has sent since its last report is in no count. */
const REPORT_INTERVAL_MS = 1_000;

export interface RequestReport {
  watch(store: Pick<ObjectStore, "requestCounts">): void;
  /** Tells what is not told yet. */
  flush(): void;
}

/** Tells the parent what the job asks of the store, while it asks: of a job that fails or is killed it must be paid too. */
export function createRequestReport(send: (message: FromWorker) => void): RequestReport {
  let read: () => RequestCounts = () => ({ classA: 0, classB: 0, free: 0 });
  let told = read();
  const flush = () => {
    const now = read();
    const counts = {
      classA: now.classA - told.classA,
      classB: now.classB - told.classB,
      free: now.free - told.free,
    };
    if (counts.classA + counts.classB + counts.free === 0) return;
    told = now;
    send({ type: "requests", counts });
  };
  return {
    watch(store) {
      read = () => store.requestCounts();
      setInterval(flush, REPORT_INTERVAL_MS).unref();
    },
    flush,
  };
}
