import { describe, expect, it } from "vitest";
import { changeListView, EMPTY_VIEW, readListView, toListInput, writeListView } from "./list-view";

const now = Date.parse("2026-11-24T14:12:41.500Z");

describe("the address of the backups page", () => {
  it("comes back from the address as it was written", () => {
    const view = {
      ...EMPTY_VIEW,
      search: "before v3",
      types: ["manual" as const, "safety" as const],
      states: ["failed" as const],
      tag: "release=v3",
      from: "2026-11-01",
      to: "2026-11-24",
      sort: "largest" as const,
      cursors: ["a", "b"],
    };
    expect(readListView(new URLSearchParams(writeListView(view)))).toEqual(view);
  });

  it("is empty for the plain list", () => {
    expect(writeListView(EMPTY_VIEW)).toBe("");
    expect(readListView(new URLSearchParams())).toEqual(EMPTY_VIEW);
  });

  it("drops words that it does not know instead of asking the server for them", () => {
    const view = readListView(
      new URLSearchParams("type=manual,drop&state=nonsense&sort=random&from=2026-13-45&when=9y"),
    );
    expect(view).toEqual({ ...EMPTY_VIEW, types: ["manual"] });
  });

  it("starts at the first page when a filter changes", () => {
    expect(changeListView({ ...EMPTY_VIEW, cursors: ["a"] }, { types: ["manual"] }).cursors).toEqual([]);
  });
});

describe("the question to the server", () => {
  it("is the same for two moments within one hour", () => {
    const view = { ...EMPTY_VIEW, span: "24h" as const };
    const later = Date.parse("2026-11-24T14:59:59.000Z");
    expect(toListInput(view, now)).toEqual(toListInput(view, later));
    expect(toListInput(view, now).from).toBe("2026-11-23T14:00:00Z");
  });

  it("holds the whole of the last day", () => {
    const input = toListInput({ ...EMPTY_VIEW, from: "2026-11-20", to: "2026-11-24" }, now);
    expect(input.from).toBe("2026-11-20T00:00:00Z");
    expect(input.to).toBe("2026-11-24T23:59:59Z");
  });

  it("asks for the page of the last cursor", () => {
    expect(toListInput({ ...EMPTY_VIEW, cursors: ["a", "b"] }, now).cursor).toBe("b");
  });
});
