import type { Clock } from "../clock";
import { causeWords, isRefusedPort } from "./cause-words";
import { hideSecrets } from "./channel-words";
import type { HttpRequest } from "./compose";
import { cut } from "./message-words";

export interface SendResult {
  ok: boolean;
  /** "Slack answered 404: no_service". */
  answer: string;
}

export interface SendOptions {
  /** "Slack": begins the answer. */
  who: string;
  secrets: string[];
  timeoutMs: number;
  clock: Clock;
  /** Ends the try; then the result is null, and the try did not count. */
  signal: AbortSignal;
}

const READ_BYTES = 2_048;
const SHOWN_CHARACTERS = 200;

/** Never rejects for what the other side does. A redirect is not followed: signature and text are for this address only. */
export async function sendHttp(request: HttpRequest, options: SendOptions): Promise<SendResult | null> {
  const { who, clock, signal, timeoutMs } = options;
  const begun = clock.now().getTime();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body,
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    const said = await readStart(response);
    const ms = Math.max(0, clock.now().getTime() - begun);
    if (response.ok) return { ok: true, answer: `${who} answered ${response.status} in ${ms} ms` };
    return { ok: false, answer: `${who} answered ${response.status}: ${explain(response, said, options)}` };
  } catch (error) {
    if (signal.aborted) return null;
    if (timeout.aborted) return { ok: false, answer: `${who} did not answer within ${timeoutMs / 1000} s` };
    if (isRefusedPort(error)) return { ok: false, answer: refusedPort(who, request.url) };
    return { ok: false, answer: `${who} could not be reached: ${causeWords(error)}` };
  }
}

function refusedPort(who: string, address: string): string {
  const why = `HTTP clients do not call port ${new URL(address).port}, which belongs to another service`;
  return `${who} was not called: ${why}. No alert goes out to this address; have the receiver listen on another port, and enter the address with it`;
}

function explain(response: Response, said: string, { secrets }: SendOptions): string {
  if (response.status >= 300 && response.status < 400)
    return "a redirect, which is not followed; enter the final address";
  return said === "" ? response.statusText || "no text" : cut(hideSecrets(said, secrets), SHOWN_CHARACTERS);
}

/** The beginning, on one line. A body that breaks off changes nothing about the status. */
async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < READ_BYTES) {
    const piece = await reader.read().catch(() => null);
    if (!piece || piece.done) break;
    pieces.push(piece.value);
    bytes += piece.value.byteLength;
  }
  await reader.cancel().catch(() => undefined);
  return oneLine(Buffer.concat(pieces).subarray(0, READ_BYTES).toString("utf8"));
}

export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: another server's text may hold any.
  return text.replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
}
