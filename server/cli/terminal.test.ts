import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { progressBar } from "./progress-bar";
import { createTerminal } from "./terminal";

function streams(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const stdin = Object.assign(new PassThrough(), { isTTY });
  return { stdin, stdout: { isTTY }, stderr, said: () => String(stderr.read() ?? "") };
}

test("a line that moves is drawn on a terminal only, and never for scripts", () => {
  const onTerminal = streams(true);
  createTerminal(onTerminal, { json: false }).draw("Download");
  expect(onTerminal.said()).toBe("\r\u001b[2KDownload");
  for (const quiet of [
    { to: streams(false), json: false },
    { to: streams(true), json: true },
  ]) {
    const terminal = createTerminal(quiet.to, { json: quiet.json });
    terminal.draw("Download");
    terminal.say("a warning");
    expect(quiet.to.said()).toBe("a warning\n");
  }
});

test("a question is answered by a line, and given up by the end of the input or a signal", async () => {
  const answered = streams(true);
  const asked = createTerminal(answered, { json: false }).ask("Name: ", new AbortController().signal);
  answered.stdin.write("hesocial\n");
  expect(await asked).toBe("hesocial");

  const ended = streams(true);
  const over = createTerminal(ended, { json: false }).ask("Name: ", new AbortController().signal);
  ended.stdin.end();
  await expect(over).rejects.toMatchObject({ code: "cancelled" });

  const signalled = streams(true);
  const giveUp = new AbortController();
  const left = createTerminal(signalled, { json: false }).ask("Name: ", giveUp.signal);
  giveUp.abort();
  await expect(left).rejects.toMatchObject({ code: "cancelled" });
});

test("the bar tells step, share, bytes and pace in one line that fits", () => {
  const progress = { step: "Download", doneBytes: 82_000_000, totalBytes: 142_000_000, elapsedMs: 2_000 };
  expect(progressBar(progress, 80)).toBe(
    "Download  [######################----------------]   57%  82MB of 142MB, 41MB/s",
  );
  for (const columns of [20, 40, 60, 80, 200]) expect(progressBar(progress, columns).length).toBeLessThan(columns);
  expect(progressBar({ ...progress, totalBytes: null }, 80)).toBe("Download …");
});
