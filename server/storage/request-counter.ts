import type { RequestCounts } from "./object-store";

export type StoreVerb =
  | "list"
  | "listUploads"
  | "head"
  | "get"
  | "put"
  | "copy"
  | "delete"
  | "startMultipart"
  | "putPart"
  | "copyPart"
  | "complete"
  | "abort"
  | "getLifecycle"
  | "putLifecycle";

/** R2's price list: reads are class B, deletes and aborts cost nothing, everything else is class A. */
const PRICE_CLASS: Record<StoreVerb, keyof RequestCounts> = {
  list: "classA",
  listUploads: "classA",
  head: "classB",
  get: "classB",
  put: "classA",
  copy: "classA",
  delete: "free",
  startMultipart: "classA",
  putPart: "classA",
  copyPart: "classA",
  complete: "classA",
  abort: "free",
  getLifecycle: "classB",
  putLifecycle: "classA",
};

export interface RequestCounter {
  add(verb: StoreVerb): void;
  read(): RequestCounts;
}

export function createRequestCounter(): RequestCounter {
  const counts: RequestCounts = { classA: 0, classB: 0, free: 0 };
  return {
    add: (verb) => {
      counts[PRICE_CLASS[verb]] += 1;
    },
    read: () => ({ ...counts }),
  };
}
