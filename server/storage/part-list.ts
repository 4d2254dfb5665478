import { AppError } from "../errors";
import type { PartReceipt } from "./object-store";

/** R2's limit, and S3's. */
const MAX_PARTS = 10_000;

/** The parts of one upload as both stores keep them: who is there, and whether they make a whole. */
export interface PartList {
  /** Throws for a number or length that no store would take. */
  check(partNumber: number, bytes: number): void;
  /** Takes the part as stored; the last word for its number counts. */
  set(receipt: PartReceipt): PartReceipt;
  /** All parts in order with their sum. Throws when one is missing or has another length than the rest. */
  whole(): { parts: PartReceipt[]; bytes: number };
}

/**
 * R2 finds unequal parts only at the end, after everything was sent, and its simulator then forgets the upload. So the
 * rule is judged here, before the store is asked: a wrong upload fails with a reason and can still be aborted. `receipts`
 * are the parts of an upload that goes on.
 */
export function createPartList(key: string, partBytes: number, receipts: PartReceipt[] = []): PartList {
  const parts = new Map<number, PartReceipt>();
  const refuse = (reason: string) =>
    new AppError(
      "storage_failed",
      `The upload of ${key} was not finished: ${reason}. Nothing is visible under that name.`,
      {
        hint: "Abort this upload and start it again; the source was not changed.",
      },
    );
  const list: PartList = {
    check(partNumber, bytes) {
      if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS)
        throw refuse(`part number ${partNumber} is not between 1 and ${MAX_PARTS}`);
      if (bytes < 1) throw refuse(`part ${partNumber} is empty`);
      if (bytes > partBytes) throw refuse(`part ${partNumber} has ${bytes} bytes, more than the agreed ${partBytes}`);
    },
    set(receipt) {
      parts.set(receipt.partNumber, receipt);
      return receipt;
    },
    whole() {
      if (parts.size === 0) throw refuse("it has no parts");
      const ordered: PartReceipt[] = [];
      let bytes = 0;
      for (let partNumber = 1; partNumber <= parts.size; partNumber += 1) {
        const part = parts.get(partNumber);
        if (!part) throw refuse(`part ${partNumber} is missing`);
        if (part.bytes !== partBytes && partNumber < parts.size)
          throw refuse(`part ${partNumber} has ${part.bytes} bytes, but all parts except the last need ${partBytes}`);
        ordered.push(part);
        bytes += part.bytes;
      }
      return { parts: ordered, bytes };
    },
  };
  for (const receipt of receipts) {
    list.check(receipt.partNumber, receipt.bytes);
    list.set(receipt);
  }
  return list;
}
