import pino from "pino";
import { expect, test } from "vitest";
import { openTestControl } from "../control/testing/test-control";
import { type Parts, RUN_STATE } from "./parts";
import { stopServer } from "./stop";

test("how the stop went is noted before the records go up: a kill meanwhile is no crash to the next start", async () => {
  const { control, clock } = await openTestControl();
  await control.memory.set(RUN_STATE, "running");
  const noted: (string | null)[] = [];
  const lane = { close: () => undefined };
  const parts = {
    clock,
    control,
    log: pino({ level: "silent" }),
    settings: { backupEnabled: false },
    state: { database: { closeGate: async () => ({ stuck: 0 }), close: async () => undefined } },
    backups: { writing: lane, reading: lane, restoring: { ended: async () => undefined }, databasePath: "/nowhere" },
    records: { atStop: async () => void noted.push(await control.memory.get(RUN_STATE)) },
  };
  const options = { giveUp: new AbortController().signal, budgetLeftMs: 20_000 };
  expect(await stopServer(parts as unknown as Parts, options)).toMatchObject({ safe: true });
  expect(noted).toEqual(["stopped"]);
});
