import type { RequestCounts } from "./object-store";

export type StoreVerb =
  | "list"
  | "head"
  | "get"
  | "put"
  | "copy"
  | "delete"
  | "startMultipart"
  | "putPart"
  | "copyPart"
  | "complete"
  | "abort";

/** R2's price list: reads are class B, deletes and aborts cost nothing, everything else is class A. */
const PRICE_CLASS: Record<StoreVerb, keyof RequestCounts> = {
  list: "classA",
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
