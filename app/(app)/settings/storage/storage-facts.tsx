import type { RouterOutputs } from "@/app/_trpc/client";

type Storage = RouterOutputs["settings"]["facts"]["storage"];

/** Each fact with the setting it comes from; the keys themselves never leave the server. */
export function StorageFacts({ facts }: { facts: { storage: Storage } }) {
  const { storage } = facts;
  const rows: [string, string | null, string][] =
    storage.kind === "r2"
      ? [
          ["Bucket", storage.bucket, "R2_BUCKET_NAME"],
          ["Account", storage.accountId, "R2_ACCOUNT_ID"],
          ["Endpoint", storage.endpoint, "R2_ENDPOINT"],
          ["Region", storage.region, "R2_REGION"],
          ["Path in the bucket", `/${storage.prefix}`, "R2_BACKUP_PATH"],
        ]
      : [
          ["Folder", storage.label.replace(/^folder /i, ""), "DATA_DIR"],
          ["Path in the folder", `/${storage.prefix}`, "R2_BACKUP_PATH"],
        ];
  return (
    <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[180px_minmax(0,1fr)]">
      {rows
        .filter((row): row is [string, string, string] => row[1] !== null)
        .map(([name, value, setting]) => (
          <div key={name} className="sm:contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="[overflow-wrap:anywhere]">
              {value} <span className="ml-1 font-mono text-id text-ink-3">{setting}</span>
            </dd>
          </div>
        ))}
    </dl>
  );
}
