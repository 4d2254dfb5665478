import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { ada } from "../control/testing/test-control";
import type { AlertChannelInput } from "../nestegg-operate";
import { notice, openTestAlerts } from "./testing/test-alerts";

const PASSWORD = "open sesame, please";

interface Mail {
  to: string[];
  from: string;
  user: string | undefined;
  text: string;
}

/** A real mail server on this machine. */
async function startMailServer(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === "ops" && password === PASSWORD
        ? done(null, { user: username })
        : done(new Error(`Wrong password ${password} for ${username}`)),
    onData(stream, { envelope, user }, done) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        const to = envelope.rcptTo.map(({ address }) => address);
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        mails.push({ to, from, user, text: Buffer.concat(pieces).toString("utf8") });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise((resolve) => server.close(resolve)));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

function email(port: number, facts: Partial<Extract<AlertChannelInput["settings"], { kind: "email" }>> = {}) {
  const base = { kind: "email", host: "127.0.0.1", port, security: "none", user: "", password: "" } as const;
  const settings = { ...base, from: "eggs@example.com", to: ["ann@example.com", "bob@example.com"], ...facts };
  return { name: "mail", enabled: true, events: ["backup-failed"], settings } satisfies AlertChannelInput;
}

test("goes to everybody named, in plain text, over a server that wants no sign-in", async () => {
  const { port, mails } = await startMailServer({ authOptional: true, disabledCommands: ["STARTTLS", "AUTH"] });
  const { alerts, later } = await openTestAlerts();
  await alerts.add(ada, email(port));
  await alerts.tell(notice("trouble", { title: "Backup failed\r\nBcc: eve@example.com", operationId: "op_1" }));
  await later(0);
  expect(mails).toMatchObject([{ to: ["ann@example.com", "bob@example.com"], from: "eggs@example.com" }]);
  const { text = "" } = mails[0] ?? {};
  expect(text).toMatch(/^Subject: \[Nestegg hesocial\] Backup failed Bcc: eve@example\.com\r?$/m);
  expect(text).toMatch(/^Message-ID: <dlv_[0-9a-f]+@nestegg\.invalid>\r?$/m);
  expect(text).toContain("Auto-Submitted: auto-generated");
  expect(text).toContain("R2 answered 403.");
  expect(text).toContain("https://eggs.example/activity/op_1");
  expect(await alerts.deliveries({ limit: 1 })).toMatchObject([
    { state: "sent", answer: "The mail server answered 250 in 0 ms" },
  ]);
});

test("signs in, and says why it could not in words, without the password", async () => {
  const { port, mails } = await startMailServer({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true });
  const { alerts } = await openTestAlerts();
  const right = await alerts.add(ada, email(port, { user: "ops", password: PASSWORD }));
  expect(await alerts.test(ada, { id: right.id })).toMatchObject({ ok: true });
  expect(mails).toMatchObject([{ user: "ops" }]);
  const wrong = await alerts.add(ada, email(port, { user: "ops", password: "something quite wrong" }));
  const refused = await alerts.test(ada, { id: wrong.id });
  expect(refused).toMatchObject({ ok: false, answer: "The mail server answered 535: Wrong password [secret] for ops" });
  expect(refused.request).toContain("none: no encryption".slice(6));
  expect(JSON.stringify([await alerts.channels(), refused])).not.toMatch(/open sesame|quite wrong/);
});

test("asks for STARTTLS or TLS and never falls back to an open line", async () => {
  const plain = await startMailServer({ authOptional: true, disabledCommands: ["STARTTLS", "AUTH"] });
  // Its certificate is one that it signed itself.
  const secure = await startMailServer({ authOptional: true });
  const { alerts } = await openTestAlerts();
  const answers: string[] = [];
  for (const [port, security] of [
    [plain.port, "starttls"],
    [plain.port, "tls"],
    [secure.port, "starttls"],
  ] as const) {
    const { id } = await alerts.add(ada, email(port, { security }));
    const { answer, ok } = await alerts.test(ada, { id });
    answers.push(`${ok} ${answer}`);
  }
  expect(answers[0]).toBe("false The mail server offers no STARTTLS, so nothing was sent");
  expect(answers[1]).toBe("false The mail server could not be reached: it does not begin with TLS at this port");
  expect(answers[2]).toMatch(/^false The mail server could not be reached: its certificate/);
  expect([...plain.mails, ...secure.mails]).toEqual([]);
});

test("waits while the mail server is down, and arrives when it is up", async () => {
  const { port, mails } = await startMailServer({ authOptional: true, disabledCommands: ["STARTTLS", "AUTH"] });
  const { alerts, later } = await openTestAlerts();
  const { id } = await alerts.add(ada, email(1));
  await alerts.tell(notice("trouble"));
  await later(0);
  expect(await alerts.deliveries({ limit: 1 })).toMatchObject([
    { state: "waiting", answer: "The mail server could not be reached: the connection was refused" },
  ]);
  await alerts.change(ada, { ...email(port), id });
  await later(0);
  expect(mails).toHaveLength(1);
});

test("a stored password is not sent to another server, nor in another way, by a change", async () => {
  const { alerts } = await openTestAlerts();
  const given = { user: "ops", password: PASSWORD };
  const { id } = await alerts.add(ada, email(2525, given));
  const same = await alerts.change(ada, { ...email(2525, { ...given, password: "", to: ["cy@example.com"] }), id });
  expect(same.publicSettings).toMatchObject({ to: ["cy@example.com"], password: "…" });
  for (const changed of [{ host: "evil.example" }, { port: 26 }, { security: "tls" as const }, { user: "other" }]) {
    const input = { ...email(2525, { ...given, password: "", ...changed }), id };
    await expect(alerts.change(ada, input)).rejects.toMatchObject({ code: "invalid_input" });
  }
});
