import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { AppError } from "../errors";
import type { ObjectStore } from "./object-store";
import { createR2Store } from "./r2-store";
import { expectCode, listAll, sendPart } from "./testing/object-store-suite";
import { createQuickClock } from "./testing/quick-clock";

interface Canned {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

/** A server of a few lines, for answers that no healthy S3 server gives. The last one is repeated. */
describe("answers that no healthy store gives", () => {
  let server: Server | null = null;
  let seen: string[] = [];
  afterEach(async () => {
    const closing = server;
    server = null;
    if (closing) await new Promise((resolve) => closing.close(resolve));
  });

  const storeAnswering = async (...answers: Canned[]) => storeAt(await listen(...answers));

  async function listen(...answers: Canned[]): Promise<string> {
    seen = [];
    server = createServer((request: IncomingMessage, response: ServerResponse) => {
      seen.push(`${request.method} ${request.url}`);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      request.resume();
      request.once("end", () => {
        response.writeHead(answer?.status ?? 500, {
          "content-type": "application/xml",
          connection: "close",
          ...answer?.headers,
        });
        response.end(answer?.body);
      });
    });
    const listening = server;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  }

  function storeAt(endpoint: string): ObjectStore {
    const settings = {
      kind: "r2",
      endpoint,
      region: "auto",
      bucket: "b",
      accessKeyId: "k",
      secretAccessKey: "s",
    } as const;
    return createR2Store(settings, { clock: createQuickClock() });
  }

  const xmlError = (status: number, code: string): Canned => ({
    status,
    body: `<Error><Code>${code}</Code><Message>m</Message></Error>`,
  });
  const page = (keys: string[], more: string): Canned => ({
    status: 200,
    body: `<ListBucketResult><EncodingType>url</EncodingType>${more}${keys
      .map(
        (key) =>
          `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2024-12-30T15:30:00Z</LastModified></Contents>`,
      )
      .join("")}</ListBucketResult>`,
  });
  const nextPage = (token: string) =>
    `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;

  it("follows a list page by page, through a passing error in the middle", async () => {
    const store = await storeAnswering(
      page(["a%20b", "c%2Bd"], nextPage("t1")),
      xmlError(503, "ServiceUnavailable"),
      page(["%C3%BC"], ""),
    );
    expect((await listAll(store, "")).map(({ key }) => key)).toEqual(["a b", "c+d", "ü"]);
    expect(seen.filter((line) => line.includes("continuation-token=t1"))).toHaveLength(2);
  });

  it("does not take a list for whole that says there is more but not where", async () => {
    await expectCode(
      listAll(await storeAnswering(page(["a"], "<IsTruncated>true</IsTruncated>")), ""),
      "storage_failed",
    );
  });

  it("does not turn in a circle when the list's token stays the same", async () => {
    await expectCode(listAll(await storeAnswering(page(["a"], nextPage("same"))), ""), "storage_failed");
    expect(seen).toHaveLength(2);
  });

  it("does not take a list for whole whose bucket vanishes in the middle", async () => {
    await expectCode(
      listAll(await storeAnswering(page(["a"], nextPage("t1")), xmlError(404, "NoSuchBucket")), ""),
      "storage_bucket_missing",
    );
  });

  it("tries again after a page of HTML from the edge, and reports its status in the end", async () => {
    const html = { status: 502, body: "<html><body>Bad gateway" };
    const store = await storeAnswering(html, html, { status: 200, body: "", headers: { etag: '"e"' } });
    expect(await store.put("a", Buffer.from("x"))).toEqual({ etag: "e" });
    const error = (await (await storeAnswering(html)).get("a").catch((reason) => reason)) as AppError;
    expect(error).toMatchObject({ code: "storage_failed", message: expect.stringContaining("502") });
  });

  it("does not take a web page at the wrong address for an empty bucket or a missing object", async () => {
    const web = { status: 404, body: "<html>Not found</html>" };
    await expectCode((await storeAnswering(web)).head("a"), "storage_failed");
    await expectCode((await storeAnswering(web)).get("a"), "storage_failed");
    await expectCode(listAll(await storeAnswering(web), ""), "storage_failed");
    expect(seen).toHaveLength(1);
  });

  it("takes an upload that was finished with an error inside a 200 for not finished", async () => {
    const store = await storeAnswering(
      { status: 200, body: "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>" },
      { status: 200, body: "", headers: { etag: '"p"' } },
      xmlError(200, "InternalError"),
    );
    const upload = await store.startMultipart("a", { partBytes: 100 });
    await sendPart(upload, 1, Buffer.from("x"));
    await expect(upload.complete()).rejects.toMatchObject({ name: "AppError" });
  });

  const permanent: [number, string, string][] = [
    [501, "NotImplemented", "storage_failed"],
    [400, "InvalidRequest", "storage_failed"],
    [301, "PermanentRedirect", "storage_failed"],
    [403, "InvalidAccessKeyId", "storage_key_unknown"],
    [403, "ObjectLockedByBucketPolicy", "storage_forbidden"],
    [403, "RequestTimeTooSkewed", "storage_clock_skewed"],
    [404, "NoSuchKey", "storage_precondition"],
  ];
  for (const [status, code, expected] of permanent) {
    it(`${status} ${code} is not tried again`, async () => {
      const store = await storeAnswering(xmlError(status, code));
      await expectCode(store.put("a", Buffer.from("x"), { ifMatch: "e" }), expected);
      expect(seen).toHaveLength(1);
    });
  }

  it("tells a certificate that is not accepted from a network that is down", async () => {
    const endpoint = await listen(xmlError(500, "x"));
    await expectCode(storeAt(endpoint.replace("http:", "https:")).head("a"), "storage_unreachable");
    await expectCode(storeAt("http://nothing.invalid").head("a"), "storage_unreachable");
    await expectCode(storeAt("http://127.0.0.1:1").head("a"), "storage_unreachable");
  });

  it("never repeats a secret in what it says", async () => {
    const store = await storeAnswering(xmlError(403, "SignatureDoesNotMatch"));
    const error = (await store.put("a", Buffer.from("x")).catch((reason) => reason)) as AppError;
    expect(JSON.stringify([error.message, error.hint, error.cause])).not.toMatch(/AWS4-HMAC|Credential=/);
  });

  it("believes the word of an error in the body of a 200, not the status that the SDK makes of it", async () => {
    const store = await storeAnswering({ ...xmlError(200, "NoSuchUpload"), status: 200 });
    const unfinished = { uploadId: "u", writeMark: "w", receipts: [] };
    const upload = await store.resumeMultipart("a", unfinished, { partBytes: 100 });
    await expectCode(upload.copyPart(1, "b", { start: 0, end: 9 }), "storage_upload_gone");
    expect(seen).toHaveLength(1);
  });

  it("tells a copy whose source is gone apart, also in the body of a 200", async () => {
    const source = { key: "source", bytes: 1, etag: "0", lastModified: new Date() };
    for (const code of ["NoSuchKey", "PreconditionFailed"]) {
      const store = await storeAnswering({ ...xmlError(200, code), status: 200 });
      await expect(store.copy(source, "a", {})).rejects.toMatchObject({
        code: "storage_precondition",
        message: expect.stringContaining("source"),
      });
      expect(seen).toHaveLength(1);
      await new Promise((resolve) => server?.close(resolve));
      server = null;
    }
  });
});
