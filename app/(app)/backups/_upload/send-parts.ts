/** A few at a time keep the line busy between answers; more would only wait behind each other. */
const AT_ONCE = 3;
const TRIES = 3;
const PAUSE_MS = 1_000;

export interface PartsToSend {
  bytes: number;
  partBytes: number;
  parts: number;
  /** Those that are there already. */
  received: number[];
}

export interface PartSender {
  /** Sends one; rejects when it was not taken. */
  send(part: number, body: Blob, signal: AbortSignal): Promise<void>;
  /** After each one that was taken, with its length. */
  onTaken(part: number, bytes: number): void;
  /** Passes before a part is sent again. */
  wait(ms: number): Promise<void>;
  /** Whether trying again may help: a refusal stays one. */
  isPassing(error: unknown): boolean;
}

/**
 * Sends what is missing of the file. Rejects with the first failure that lasts, or when `signal` aborts, and only once
 * nothing is under way any more: whoever asks then what was received gets an answer that stays true.
 */
export async function sendParts(
  file: Blob,
  upload: PartsToSend,
  sender: PartSender,
  signal: AbortSignal,
): Promise<void> {
  const there = new Set(upload.received);
  const missing = Array.from({ length: upload.parts }, (_, part) => part).filter((part) => !there.has(part));
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let failure: { error: unknown } | null = null;

  const work = async () => {
    for (let part = missing.shift(); part !== undefined && !either.aborted; part = missing.shift()) {
      const from = part * upload.partBytes;
      const body = file.slice(from, Math.min(upload.bytes, from + upload.partBytes));
      try {
        await sendOne(part, body, sender, either);
        sender.onTaken(part, body.size);
      } catch (error) {
        failure ??= { error };
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  signal.throwIfAborted();
  if (failure) throw (failure as { error: unknown }).error;
}

async function sendOne(part: number, body: Blob, sender: PartSender, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await sender.send(part, body, signal);
    } catch (error) {
      if (signal.aborted || tries === TRIES || !sender.isPassing(error)) throw error;
      await sender.wait(PAUSE_MS * tries);
    }
  }
}
