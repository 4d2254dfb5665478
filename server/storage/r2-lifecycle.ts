import { createHash } from "node:crypto";
import { GetBucketLifecycleConfigurationCommand, PutBucketLifecycleConfigurationCommand } from "@aws-sdk/client-s3";
import { AppError } from "../errors";
import { parseLifecycle, writeLifecycle } from "./lifecycle-xml";
import type { LifecycleRule } from "./object-store";
import type { R2Client } from "./r2-client";
import { readReply } from "./r2-errors";

/** The SDK's typed form would drop what it does not know, so the text itself is read and written; the SDK signs and sends it. */
export async function readR2Lifecycle(client: R2Client, signal?: AbortSignal): Promise<LifecycleRule[]> {
  const xml = await client.call({ verb: "getLifecycle", key: "", signal }, async (send) => {
    let text = "";
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: client.bucket });
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const response = result.response as { statusCode: number; body: AsyncIterable<Uint8Array> | Uint8Array };
        if (response.statusCode !== 200) return result;
        const bytes = response.body instanceof Uint8Array ? response.body : await collect(response.body);
        text = new TextDecoder().decode(bytes);
        response.body = bytes;
        return result;
      },
      { step: "deserialize", priority: "low", name: "nesteggReadText" },
    );
    try {
      await client.s3.send(command, send);
    } catch (error) {
      // How S3 says that there are no rules.
      if (readReply(error).code === "NoSuchLifecycleConfiguration") return null;
      throw error;
    }
    return text;
  });
  const rules = xml === null ? [] : parseLifecycle(xml);
  if (rules) return rules;
  throw new AppError(
    "storage_failed",
    `What the store answered to the question for the rules of bucket ${client.bucket} is no list of rules. Nothing was changed.`,
    { hint: "Look at the bucket's rules in Cloudflare's dashboard." },
  );
}

export async function writeR2Lifecycle(
  client: R2Client,
  rules: readonly LifecycleRule[],
  signal?: AbortSignal,
): Promise<void> {
  const body = Buffer.from(writeLifecycle(rules));
  const digest = createHash("md5").update(body).digest("base64");
  await client.call({ verb: "putLifecycle", key: "", signal }, async (send) => {
    const command = new PutBucketLifecycleConfigurationCommand({
      Bucket: client.bucket,
      LifecycleConfiguration: { Rules: [] },
    });
    command.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = body;
        return next(args);
      },
      { step: "build", priority: "high", name: "nesteggOwnText" },
    );
    // This call needs a checksum, and R2 knows the SDK's newer ones for objects only: the classical one, before it is signed.
    command.middlewareStack.addRelativeTo(withMd5(digest), {
      relation: "before",
      toMiddleware: "httpSigningMiddleware",
      name: "nesteggMd5",
    });
    await client.s3.send(command, send);
  });
}

function withMd5(digest: string) {
  return <Args extends { request: unknown }, Answer>(next: (args: Args) => Promise<Answer>) =>
    (args: Args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      for (const name of Object.keys(headers)) if (/^x-amz-(?:sdk-)?checksum-/i.test(name)) delete headers[name];
      headers["content-md5"] = digest;
      return next(args);
    };
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
