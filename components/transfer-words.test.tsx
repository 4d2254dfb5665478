import { describe, expect, it } from "vitest";
import { costWords, requestWords, sentWords } from "@/components/transfer-words";
import type { TransferView } from "@/server/nestegg";

const BASE = "hesocial-manual-20261124-080000.duckdb";
const TRANSFER: TransferView = {
  baseId: BASE,
  unchanged: false,
  copyGivenUp: false,
  requests: { classA: 133, classB: 3, free: 0 },
  requestDollars: 0.00064,
  monthlyDollars: 0.0151,
};

describe("how a backup came to the store", () => {
  it("tells what was sent and names the backup that the rest was taken over from", () => {
    expect(sent({})).toBe(`12.4 MB sent, 1.2 GB taken over from [${BASE}]`);
  });

  it("says of an unchanged database since which backup, and that nothing was sent", () => {
    const unchanged = `unchanged since [${BASE}]: copied inside the storage, nothing sent`;
    expect(sent({ unchanged: true }, { sentBytes: 0, reusedBytes: 1_212_400_000 })).toBe(unchanged);
  });

  it("names no other backup when all of it was sent, be there a base or not", () => {
    const whole = { sentBytes: 1_212_400_000, reusedBytes: 0 };
    expect(sent({ baseId: null }, whole)).toBe("1.2 GB, all of it");
    expect(sent({}, whole)).toBe("1.2 GB, all of it");
  });

  it("counts requests by class, leaves out a class without one, and does not invent what was not counted", () => {
    expect(plain(requestWords(136, TRANSFER))).toBe("133 class A, 3 class B");
    expect(plain(requestWords(5, { requests: { classA: 4, classB: 0, free: 1 } }))).toBe("4 class A, 1 free");
    expect(plain(requestWords(136, { requests: null }))).toBe("136 requests, not counted by class");
  });

  it("tells what R2 asks for it, and nothing where there is no such price", () => {
    expect(costWords(TRANSFER)).toBe("about $0.0006 for its requests, $0.015 a month to keep");
    expect(costWords({ requestDollars: 0.00001, monthlyDollars: 0.00002 })).toBe(
      "less than $0.0001 for its requests, less than $0.0001 a month to keep",
    );
    expect(costWords({ ...TRANSFER, requestDollars: null })).toBe("requests not counted, $0.015 a month to keep");
    expect(costWords({ requestDollars: null, monthlyDollars: null })).toBeNull();
  });
});

/** The link in brackets. */
function sent(transfer: Partial<TransferView>, bytes = { sentBytes: 12_400_000, reusedBytes: 1_200_000_000 }): string {
  const { before, baseId, after } = sentWords(bytes, { ...TRANSFER, ...transfer });
  return plain(`${before}${baseId ? `[${baseId}]` : ""}${after}`);
}

function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}
