import { createTransport } from "nodemailer";
import type { AlertChannelSettings } from "../nestegg-operate";
import { causeWords } from "./cause-words";
import { hideSecrets } from "./channel-words";
import type { Outgoing } from "./compose";
import { bodyLines, cut, headline, linkOf, type Speaker } from "./message-words";
import { oneLine, type SendOptions, type SendResult } from "./send-http";

export type EmailSettings = Extract<AlertChannelSettings, { kind: "email" }>;

export interface Email {
  from: string;
  to: string[];
  subject: string;
  text: string;
  messageId: string;
  headers: Record<string, string>;
}

const SHOWN_CHARACTERS = 200;

export function composeEmail(settings: EmailSettings, { id, message }: Outgoing, speaker: Speaker): Email {
  const subject = cut(oneLine(`[Nestegg ${speaker.databaseName}] ${headline(message)}`), SHOWN_CHARACTERS);
  return {
    from: settings.from,
    to: settings.to,
    subject,
    text: `${[headline(message), ...bodyLines(message, speaker), linkOf(message, speaker)].join("\n\n")}\n`,
    // The same at every try: mail programs show such a double once.
    messageId: `<${id}@nestegg.invalid>`,
    // Keeps holiday answers away.
    headers: { "Auto-Submitted": "auto-generated", "X-Nestegg-Event": message.event },
  };
}

export function describeEmail({ host, port, security, user }: EmailSettings, email: Email): string {
  const how = { none: "no encryption", starttls: "STARTTLS", tls: "TLS" }[security];
  return [
    `SMTP ${host}:${port}, ${how}, ${user === "" ? "no sign-in" : `signed in as ${user}`}`,
    `From: ${email.from}`,
    `To: ${email.to.join(", ")}`,
    `Subject: ${email.subject}`,
    "",
    email.text.trimEnd(),
  ].join("\n");
}

/** Never rejects for what the other side does. `starttls` and `tls` never fall back to an open line. */
export async function sendEmail(
  settings: EmailSettings,
  email: Email,
  options: SendOptions,
): Promise<SendResult | null> {
  const { who, clock, timeoutMs, signal } = options;
  const { host, port, security, user, password } = settings;
  const begun = clock.now().getTime();
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === "" ? {} : { auth: { user, pass: password } }),
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const sent = await unlessAborted(transport.sendMail(email), AbortSignal.any([signal, timeout]));
    const ms = Math.max(0, clock.now().getTime() - begun);
    const refused = sent.rejected.map((one) => (typeof one === "string" ? one : one.address));
    const but = refused.length > 0 ? `, but not for ${refused.join(", ")}` : "";
    return { ok: true, answer: `${who} answered ${codeOf(sent.response)} in ${ms} ms${but}` };
  } catch (error) {
    if (signal.aborted) return null;
    if (timeout.aborted) return { ok: false, answer: `${who} did not answer within ${timeoutMs / 1000} s` };
    return { ok: false, answer: explain(error, options) };
  } finally {
    transport.close();
  }
}

function explain(error: unknown, { who, secrets }: SendOptions): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  // Before its answer: one that does not know the command says no more than "500".
  if (code === "ETLS") return `${who} offers no STARTTLS, so nothing was sent`;
  const response = error instanceof Error && "response" in error ? error.response : null;
  if (typeof response === "string" && response !== "") {
    const said = oneLine(response).replace(/^(\d{3})[ -]/, "$1: ");
    return `${who} answered ${cut(hideSecrets(said, secrets), SHOWN_CHARACTERS)}`;
  }
  return `${who} could not be reached: ${causeWords(error)}`;
}

function codeOf(response: string): string {
  return /^\d{3}/.exec(response)?.[0] ?? "250";
}

/** The library knows no signal; what it still does ends by its own timeouts. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
