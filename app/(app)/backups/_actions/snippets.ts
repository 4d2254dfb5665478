import type { ServerFacts } from "@/server/nestegg";

export type StorageFacts = Pick<ServerFacts["storage"], "kind" | "label" | "bucket" | "prefix" | "accountId">;

/** Opens a backup where it lies, in any DuckDB. Keys are left for the reader to fill in: the page never has them. */
export function attachStatement(storage: StorageFacts, id: string): string {
  if (storage.kind === "local") return `ATTACH ${quote(`${id}`)} AS backup (READ_ONLY);`;
  const secret = `CREATE SECRET (TYPE r2, ACCOUNT_ID ${quote(storage.accountId ?? "…")}, KEY_ID '…', SECRET '…');`;
  return `${secret}\nATTACH ${quote(`r2://${storage.bucket ?? ""}/${storage.prefix}${id}`)} AS backup (READ_ONLY);`;
}

export function downloadCurl(origin: string, id: string): string {
  return [
    "# A token with the scope backups:download",
    `curl -fL -H "Authorization: Bearer $NESTEGG_TOKEN" -o ${id} ${origin}${downloadPath(id)}`,
  ].join("\n");
}

export function createCurl(origin: string): string {
  return `curl -X POST -H "Authorization: Bearer $NESTEGG_TOKEN" ${origin}/api/admin/backup`;
}

export function downloadPath(id: string): string {
  return `/api/admin/backup/${encodeURIComponent(id)}/download`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
