import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { systemClock } from "../../clock";
import { openControl } from "../open-control";
import type { Caller } from "../types";

/** Child of the kill test: writes without end and says on stdout what it was told is lasting. */
const [url = ""] = process.argv.slice(2);
const control = await openControl({
  url,
  migrationsFolder: fileURLToPath(new URL("../migrations", import.meta.url)),
  clock: systemClock,
  log: pino({ level: "silent" }),
});
const caller: Caller = { actor: { kind: "system", id: "system", name: "writer" }, address: null };

for (let round = 0; ; round++) {
  const { id } = await control.operations.open({ kind: "backup", title: "Backup", caller, steps: ["A", "B"] });
  await control.operations.run(id, async (operation) => {
    for (const step of ["A", "B"]) {
      await operation.step(step);
      await operation.log("info", randomBytes(200).toString("hex"));
      await operation.stepDone();
    }
    return { summary: `round ${round}` };
  });
  await control.memory.set("round", String(round));
  const { token } = await control.tokens.create(caller, { name: id, scopes: ["sql:read"], expiresInDays: null });
  process.stdout.write(`${id} ${token.id} ${round}\n`);
}
