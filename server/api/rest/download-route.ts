import { AppError } from "../../errors";
import type { Nestegg } from "../../nestegg";
import { toFailure } from "../failure";
import { backupIdSchema } from "../input";
import { answerFailure } from "./answer";
import { parseByteRange } from "./byte-range";
import { defineRoute, type RestContext } from "./route";
import { toWebStream } from "./to-web-stream";

const BINARY = "application/octet-stream";
type Body = Awaited<ReturnType<Nestegg["backups"]["read"]>>;

export const downloadRoute = defineRoute({
  method: "GET",
  path: "/api/admin/backup/:id/download",
  summary: "Download the database file",
  description:
    "From R2 by a link of a few minutes; from a local folder as a stream with ranges. HEAD tells size and name.",
  id: backupIdSchema,
  answers: {
    200: { description: "The file.", contentType: BINARY },
    206: { description: "The range asked for.", contentType: BINARY },
    302: { description: "The link to the file in the bucket." },
  },
  errors: ["not_found", "backup_missing", "storage_unreachable"],
  async handle({ context, request, id }) {
    if (request.method === "HEAD") return answerHead(await wholeBackup(context, id));
    if (context.nestegg.facts.storage.kind === "r2") {
      const { url } = await context.nestegg.backups.downloadUrl(context.caller, { id });
      if (url !== null) return redirectTo(url);
    }
    return answerBytes(context, request, await wholeBackup(context, id));
  },
});

/** Its size is known without opening the file, so that nothing counts as a download before bytes flow. */
async function wholeBackup({ nestegg }: RestContext, id: string): Promise<{ id: string; bytes: number }> {
  const { state, bytes } = await nestegg.backups.get(id);
  if (state !== "missing" && state !== "creating") return { id, bytes };
  throw new AppError("backup_missing", `There is no whole file of ${id} in the bucket.`, {
    hint: state === "creating" ? "Wait until the backup is stored." : "Choose another backup.",
  });
}

/** A presigned link is good for GET alone, so HEAD is always answered here. */
function answerHead({ id, bytes }: { id: string; bytes: number }): Response {
  return new Response(null, { headers: { ...fileHeaders(id), "content-length": String(bytes) } });
}

/** The link is a key to the file for minutes: no cache, no Referer. */
function redirectTo(url: string): Response {
  return new Response(null, {
    status: 302,
    headers: { location: url, "cache-control": "no-store", "referrer-policy": "no-referrer" },
  });
}

async function answerBytes(
  context: RestContext,
  request: Request,
  { id, bytes: total }: { id: string; bytes: number },
): Promise<Response> {
  const { nestegg, caller, report } = context;
  const range = parseByteRange(request.headers.get("range"), total);
  if (range === "unsatisfiable") {
    const error = new AppError(
      "invalid_input",
      `The range begins behind the end of the file, which has ${total} bytes.`,
      {
        hint: "Ask for a range inside the file, or leave Range out.",
      },
    );
    return answerFailure({ ...toFailure(error, id, report), status: 416 }, { "content-range": `bytes */${total}` });
  }
  if (range === "whole") return stream(await nestegg.backups.read(caller, { id }), 200);

  const part = await nestegg.backups.read(caller, { id, range });
  const expected = request.headers.get("if-range");
  if (expected === null || expected === quoted(part.etag)) {
    return stream(part, 206, { "content-range": `bytes ${range.start}-${range.end}/${part.totalBytes}` });
  }
  // The file is another one than the caller began with: it must start over.
  await part.stream[Symbol.asyncIterator]().return?.();
  return stream(await nestegg.backups.read(caller, { id }), 200);
}

function stream(body: Body, status: number, headers: Record<string, string> = {}): Response {
  return new Response(toWebStream(body.stream), {
    status,
    headers: {
      ...fileHeaders(body.fileName),
      ...headers,
      etag: quoted(body.etag),
      "content-length": String(body.bytes),
    },
  });
}

/** `no-transform` keeps a compressing layer from changing length and ranges. */
function fileHeaders(fileName: string): Record<string, string> {
  return {
    "content-type": BINARY,
    "content-disposition": `attachment; filename="${fileName.replace(/["\\\r\n]/g, "_")}"`,
    "accept-ranges": "bytes",
    "cache-control": "private, no-store, no-transform",
    "x-content-type-options": "nosniff",
  };
}

/** S3 gives ETags with their quotes, the local store may not. */
function quoted(etag: string): string {
  return `"${etag.replace(/^"|"$/g, "")}"`;
}
