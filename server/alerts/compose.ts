import type { AlertChannelSettings, AlertMessage } from "../nestegg-operate";
import { maskUrl } from "./channel-words";
import { bodyLines, cut, headline, linkOf, type Speaker } from "./message-words";
import { SIGNATURE_HEADER, signatureOf, TIMESTAMP_HEADER } from "./sign";

export type HttpSettings = Exclude<AlertChannelSettings, { kind: "email" }>;

export interface HttpRequest {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

export interface Outgoing {
  /** The same at every try: who gets a message twice knows it by this. */
  id: string;
  message: AlertMessage;
}

/** Discord refuses longer ones. */
const DISCORD_CHARACTERS = 2_000;

export function composeRequest(
  settings: HttpSettings,
  { id, message }: Outgoing,
  speaker: Speaker,
  now: Date,
): HttpRequest {
  const agent = { "User-Agent": `Nestegg/${speaker.version}` };
  const post = (body: object): HttpRequest => ({
    method: "POST",
    url: settings.url,
    headers: { ...agent, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  switch (settings.kind) {
    case "slack":
      return post({ text: slackText(message, speaker) });
    case "discord":
      // Without this a table called "@everyone" would wake everyone.
      return post({ content: discordText(message, speaker), allowed_mentions: { parse: [] } });
    case "ping":
      return composePing(settings.url, message, speaker, agent);
    case "webhook": {
      const request = post(webhookBody(id, message, speaker));
      const timestamp = String(Math.floor(now.getTime() / 1000));
      const signature = signatureOf(settings.secret, timestamp, request.body ?? "");
      const proof = { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: signature };
      return { ...request, headers: { ...request.headers, "Nestegg-Delivery": id, ...proof } };
    }
  }
}

/** The fields that docs/alerts.md promises. */
function webhookBody(id: string, message: AlertMessage, speaker: Speaker): object {
  return {
    version: 1,
    id,
    event: message.event,
    kind: message.kind,
    key: message.key,
    title: message.title,
    text: message.text,
    hint: message.hint,
    since: message.since,
    at: message.at,
    backupId: message.backupId,
    operationId: message.operationId,
    database: speaker.databaseName,
    server: speaker.host,
    url: linkOf(message, speaker),
  };
}

function slackText(message: AlertMessage, speaker: Speaker): string {
  const lines = [`*${slackSafe(headline(message))}*`, ...bodyLines(message, speaker).map(slackSafe)];
  return [...lines, `<${slackSafe(linkOf(message, speaker))}|Open Nestegg>`].join("\n");
}

/** Else a name such as "<!channel>" would call everyone. */
function slackSafe(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function discordText(message: AlertMessage, speaker: Speaker): string {
  const link = linkOf(message, speaker);
  const text = [`**${headline(message)}**`, ...bodyLines(message, speaker)].join("\n");
  return `${cut(text, DISCORD_CHARACTERS - link.length - 1)}\n${link}`;
}

/** As healthchecks.io and its kin have it: a GET is a sign of life, a POST to …/fail is the alarm. */
function composePing(
  address: string,
  message: AlertMessage,
  speaker: Speaker,
  agent: Record<string, string>,
): HttpRequest {
  if (message.kind !== "trouble" && message.kind !== "reminder") {
    return { method: "GET", url: address, headers: agent, body: null };
  }
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/fail`;
  const body = [headline(message), ...bodyLines(message, speaker), linkOf(message, speaker)].join("\n");
  return { method: "POST", url: url.href, headers: { ...agent, "Content-Type": "text/plain; charset=utf-8" }, body };
}

/** The request as it goes out, for a person to read: without what must stay secret. */
export function describeRequest(request: HttpRequest): string {
  const headers = Object.entries(request.headers).map(([name, value]) =>
    name === SIGNATURE_HEADER ? `${name}: v1=(HMAC-SHA256 of timestamp.body)` : `${name}: ${value}`,
  );
  const failed = new URL(request.url).pathname.endsWith("/fail") ? " (with /fail)" : "";
  const body = request.body === null ? [] : ["", request.body];
  return [`${request.method} ${maskUrl(request.url)}${failed}`, ...headers, ...body].join("\n");
}
