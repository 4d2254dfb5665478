import { expect, test } from "vitest";
import { createLog } from "../log";
import { setServerLog } from "../runtime-handle";
import { noteInLog } from "./auth-log";
import { reportToLog } from "./failure";

const SECRET = "pl4nted-of-the-settings";

test("what the doors report goes into the server's own log: at its level, without its secrets", () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  setServerLog(createLog("error", { secrets: [SECRET], destination }));
  const errorId = reportToLog(new Error(`refused: ${SECRET}`), "a test");
  noteInLog("OAUTH_CALLBACK_ERROR", `no ${SECRET}`);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain(errorId);
  expect(lines.join("")).not.toContain(SECRET);
  setServerLog(createLog("silent", { destination }));
  reportToLog(new Error("again"), "a test");
  expect(lines).toHaveLength(2);
});
