import type { Caller, OperationView } from "../../control/types";
import { AppError } from "../../errors";
import type { KeptDatabase, RestoreVerbs } from "../../nestegg-restore";
import type { FakeNestegg } from "./fake-nestegg";
import { fakePreview } from "./fake-views";

/** What the parts of the fake share. A function, because they are made before the fake is. */
export type FakeDoor = () => {
  fake: Pick<FakeNestegg, "store" | "keptDatabases" | "swaps" | "files">;
  reach(name: string): void;
  run(caller: Caller, facts: Partial<OperationView>): string;
};

export function fakeRestores(door: FakeDoor): RestoreVerbs {
  const swap = (kind: OperationView["kind"], verb: string, caller: Caller, input: object) => {
    const { fake, run } = door();
    fake.swaps.push({ verb, caller, input });
    return { operationId: run(caller, { kind, backupId: "id" in input ? String(input.id) : null }) };
  };
  const newest = (): KeptDatabase => {
    const [kept] = door().fake.keptDatabases;
    if (!kept) throw new AppError("not_found", "No replaced database is kept.");
    return kept;
  };
  const mustExist = (id: string): void => {
    if (!door().fake.store.has(id)) throw new AppError("not_found", `There is no backup ${id}.`);
  };

  return {
    async preview({ id }) {
      door().reach("restores.preview");
      mustExist(id);
      return fakePreview(id);
    },
    async start(caller, input) {
      door().reach("restores.start");
      mustExist(input.id);
      return swap("restore", "start", caller, input);
    },
    async previewUndo() {
      door().reach("restores.previewUndo");
      const [kept] = door().fake.keptDatabases;
      return kept
        ? { kept, tables: null, compared: "none", changesSince: 3, lastChangeAt: kept.replacedAt, blockers: [] }
        : null;
    },
    async undo(caller, input) {
      door().reach("restores.undo");
      newest();
      return swap("undo-restore", "undo", caller, input);
    },
    async kept() {
      door().reach("restores.kept");
      return door().fake.keptDatabases;
    },
    async letGo(caller, { name }) {
      const { fake, reach } = door();
      reach("restores.letGo");
      if (!fake.keptDatabases.some((kept) => kept.name === name)) throw new AppError("not_found", `No file ${name}.`);
      return swap("let-go", "letGo", caller, { name });
    },
  };
}
