/** An answer that was no "yes", with the server's words. */
export class PartRefused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Rejects with `PartRefused`, or with what `fetch` throws when nobody answered. */
export async function putPart(input: { id: string; part: number; body: Blob; signal: AbortSignal }): Promise<void> {
  const answer = await fetch(`/api/admin/uploads/${encodeURIComponent(input.id)}/parts/${input.part}`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: input.body,
    signal: input.signal,
  });
  if (answer.ok) return;
  const { code, message } = errorOf(await answer.json().catch(() => null));
  throw new PartRefused(answer.status, code, message);
}

function errorOf(body: unknown): { code: string; message: string } {
  const error = body && typeof body === "object" && "error" in body ? body.error : null;
  if (error && typeof error === "object" && "code" in error && "message" in error) {
    const hint = "hint" in error && typeof error.hint === "string" ? ` ${error.hint}` : "";
    return { code: String(error.code), message: `${String(error.message)}${hint}` };
  }
  return { code: "internal", message: "The server did not take a part of the file." };
}
