import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../clock";
import {
  decideSwap,
  endSwap,
  finishSwap,
  journalPath,
  type SwapJournal,
  type SwapPlan,
  startSwap,
  undoSwap,
} from "./swap";

let folder: string;
let database: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestegg-swap-"));
  database = join(folder, "app.duckdb");
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = { ...systemClock, now: () => new Date("2024-12-30T15:30:00Z") };

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function files(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );
}

const before = { "app.duckdb": "old", "app.duckdb.wal": "old wal", "app.duckdb.wal.checkpoint": "old side" };
const plan = (more: Partial<SwapPlan> = {}): SwapPlan => ({
  databasePath: database,
  reason: "restore",
  newDatabase: join(folder, "scratch/app.duckdb"),
  newWal: null,
  keptPath: `${database}.before-restore-1`,
  context: { backup: "app-manual-20241230-153000" },
  ...more,
});
const after = {
  "app.duckdb": "new",
  "app.duckdb.before-restore-1": "old",
  "app.duckdb.before-restore-1.wal": "old wal",
  "app.duckdb.before-restore-1.wal.checkpoint": "old side",
};

describe("swapping the database file", () => {
  it("puts the new file in, keeps the old one whole, and leaves no log beside the new one", async () => {
    write({ ...before, "scratch/app.duckdb": "new" });
    await startSwap(plan(), clock);
    await endSwap(database);
    expect(files()).toEqual(after);
  });

  it("comes back completely, together with what DuckDB put beside the new file", async () => {
    write({ ...before, "scratch/app.duckdb": "new" });
    await startSwap(plan(), clock);
    write({ "app.duckdb.wal": "log of the new one" });
    await undoSwap(database);
    await endSwap(database);
    expect(files()).toEqual({
      ...before,
      "scratch/app.duckdb": "new",
      "scratch/app.duckdb.wal": "log of the new one",
    });
  });

  /** The journal as it stands on disk, and every name that the swap moves, in order. */
  async function interruptedPlans(more: Partial<SwapPlan>): Promise<{ journal: string; moves: [string, string][] }> {
    write({ ...before, "scratch/app.duckdb": "new", "new.wal": "new wal" });
    const journal = await startSwap(plan(more), clock);
    const text = readFileSync(journalPath(database), "utf8");
    const moves = [...journal.aside, ...journal.bring].map(({ from, to }): [string, string] => [from, to]);
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    return { journal: text, moves };
  }

  it("is finished by the next start, after whichever step the machine died", async () => {
    for (const more of [{}, { newWal: "new.wal" }, { newDatabase: null, newWal: "new.wal" }]) {
      const wanted = { ...more, ...("newWal" in more ? { newWal: join(folder, "new.wal") } : {}) };
      const { journal, moves } = await interruptedPlans(wanted);
      let expected: Record<string, string> | null = null;
      for (let done = moves.length; done >= 0; done--) {
        write({ ...before, "scratch/app.duckdb": "new", "new.wal": "new wal", "app.duckdb.swap.json": journal });
        for (const [from, to] of moves.slice(0, done)) renameSync(join(folder, from), join(folder, to));
        const found = await finishSwap(database);
        expect(found).toMatchObject({ reason: "restore", context: { backup: "app-manual-20241230-153000" } });
        await endSwap(database);
        expected ??= files();
        expect(files()).toEqual(expected);
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      }
      expect(moves.length).toBeGreaterThanOrEqual(3);
    }
  });

  it("is undone by the next start, after whichever step of going back the machine died", async () => {
    const { journal, moves } = await interruptedPlans({});
    const back = JSON.stringify({ ...(JSON.parse(journal) as SwapJournal), direction: "back" });
    for (let done = moves.length; done >= 0; done--) {
      write({ ...before, "scratch/app.duckdb": "new", "app.duckdb.swap.json": back });
      for (const [from, to] of moves.slice(0, done)) renameSync(join(folder, from), join(folder, to));
      expect(await finishSwap(database)).toMatchObject({ direction: "back" });
      await endSwap(database);
      expect(files()).toEqual({ ...before, "scratch/app.duckdb": "new" });
    }
  });

  it("brings the old file back when the new one was removed before it was in", async () => {
    const { journal, moves } = await interruptedPlans({});
    write({ ...before, "app.duckdb.swap.json": journal });
    for (const [from, to] of moves.slice(0, 3)) renameSync(join(folder, from), join(folder, to));
    await finishSwap(database);
    await endSwap(database);
    expect(files()).toEqual(before);
  });

  it("goes on when a log that was to be put aside is gone by then", async () => {
    write({ ...before, "scratch/app.duckdb": "new" });
    await decideSwap(plan(), clock);
    rmSync(`${database}.wal`);
    await finishSwap(database);
    await endSwap(database);
    const { "app.duckdb.before-restore-1.wal": _gone, ...others } = after;
    expect(files()).toEqual(others);
  });

  it("moves nothing when it is refused", async () => {
    write({ ...before, "scratch/app.duckdb": "new", "app.duckdb.before-restore-1.wal": "of another time" });
    const stood = files();
    await expect(startSwap(plan(), clock)).rejects.toMatchObject({ code: "conflict" });
    await expect(startSwap(plan({ newDatabase: join(folder, "none") }), clock)).rejects.toThrow();
    await expect(startSwap(plan({ keptPath: "/elsewhere/app.duckdb" }), clock)).rejects.toMatchObject({
      code: "internal",
    });
    expect(files()).toEqual(stood);
    write({ "app.duckdb.swap.json": "{}" });
    await expect(startSwap(plan({ keptPath: `${database}.before-restore-2` }), clock)).rejects.toMatchObject({
      code: "conflict",
    });
  });

  it("never writes over a file that appeared in the middle of it", async () => {
    const { journal, moves } = await interruptedPlans({});
    write({ ...before, "scratch/app.duckdb": "new", "app.duckdb.swap.json": journal });
    for (const [from, to] of moves.slice(0, 3)) renameSync(join(folder, from), join(folder, to));
    for (const name of ["app.duckdb", "app.duckdb.wal"]) {
      write({ [name]: "made by somebody else" });
      const stood = files();
      await expect(finishSwap(database)).rejects.toMatchObject({ code: "database_unusable" });
      expect(files()).toEqual(stood);
      rmSync(join(folder, name));
    }
    await finishSwap(database);
    expect(files()["app.duckdb"]).toBe("new");
  });

  it("has nothing to do without a journal, and refuses one that it cannot read", async () => {
    write(before);
    expect(await finishSwap(database)).toBeNull();
    write({ "app.duckdb.swap.json": "half a jour" });
    await expect(finishSwap(database)).rejects.toMatchObject({ code: "database_unusable" });
    expect(files()).toEqual({ ...before, "app.duckdb.swap.json": "half a jour" });
  });
});
