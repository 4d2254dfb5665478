import type { Clock } from "../clock";
import type { AlertChannelSettings } from "../nestegg-operate";
import { ANSWERERS, secretsOf } from "./channel-words";
import { composeRequest, describeRequest, type Outgoing } from "./compose";
import type { Speaker } from "./message-words";
import { composeEmail, describeEmail, sendEmail } from "./send-email";
import { type SendResult, sendHttp } from "./send-http";

/** Carries one message to one channel, whatever its kind. */
export interface Postman {
  /** Null: the signal ended it. */
  send(settings: AlertChannelSettings, outgoing: Outgoing, signal: AbortSignal): Promise<SendResult | null>;
  /** What `send` sends, for a person to read; without secrets. */
  describe(settings: AlertChannelSettings, outgoing: Outgoing): string;
}

/** The slow ones answer within seconds; a hung one must not hold up for long what waits behind it. */
const TRY_TIMEOUT_MS = 10_000;

export function createPostman(deps: { clock: Clock; speaker: Speaker; timeoutMs?: number }): Postman {
  const { clock, speaker, timeoutMs = TRY_TIMEOUT_MS } = deps;
  return {
    send(settings, outgoing, signal) {
      const options = { who: ANSWERERS[settings.kind], secrets: secretsOf(settings), timeoutMs, clock, signal };
      if (settings.kind === "email") return sendEmail(settings, composeEmail(settings, outgoing, speaker), options);
      return sendHttp(composeRequest(settings, outgoing, speaker, clock.now()), options);
    },
    describe(settings, outgoing) {
      if (settings.kind === "email") return describeEmail(settings, composeEmail(settings, outgoing, speaker));
      return describeRequest(composeRequest(settings, outgoing, speaker, clock.now()));
    },
  };
}
