import type { Manifest } from "../backups/manifest";
import { requireEntry } from "../backups/require-entry";
import { listFacts, viewBackup } from "../backups/view";
import type { BackupView } from "../nestegg";
import { openBucket } from "./bucket";
import { chooseBackup } from "./choose-backup";
import type { Cli, Outcome } from "./cli";
import { table } from "./table";
import { transferFacts } from "./transfer-words";

/** All that is known of one backup; with `--json` its manifest too. */
export async function show(cli: Cli, { word }: { word: string }): Promise<Outcome> {
  const bucket = await openBucket(cli);
  const id = await chooseBackup(bucket, word);
  const entry = await requireEntry(bucket, id);
  const backup = viewBackup(entry, listFacts(bucket.catalog.entries(), [], bucket.prices()));
  const manifest = entry.manifest ? ((await bucket.catalog.readManifest(id))?.manifest ?? null) : null;
  return { text: factsOf(backup, manifest, bucket.catalog.keyOf(id)), json: { backup, manifest } };
}

function factsOf(backup: BackupView, manifest: Manifest | null, key: string): string {
  const { verification, engine } = backup;
  const rows: [string, string | null][] = [
    ["id", backup.id],
    ["object", key],
    ["state", backup.state],
    ["shows the database at", manifest?.snapshot?.takenAt ?? backup.timestamp],
    ["size", `${backup.size} (${backup.bytes} bytes)`],
    ...transferFacts(backup),
    ["kept", backup.kept],
    ["deletes at", backup.deletesAt],
    ["note", backup.note || null],
    [
      "tags",
      Object.entries(backup.tags)
        .map(([name, value]) => `${name}=${value}`)
        .join(", ") || null,
    ],
    ["made by", manifest ? `${backup.createdBy ?? "Nestegg"} on ${manifest.origin.host}` : null],
    ["engine", engine ? `DuckDB ${engine.duckdb}, storage version ${engine.storageVersion}` : null],
    ["read back", verification ? `${verification.at}: ${verification.result}, ${verification.method}` : "not yet"],
    ["fault", verification?.error ?? null],
  ];
  const tables = (verification?.tables ?? []).map(({ schema, name, rows: count }) => [
    `  ${schema}.${name}`,
    `${count.toLocaleString("en-US")} rows`,
  ]);
  const facts = table(rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  return tables.length > 0 ? `${facts}\ntables\n${table(tables)}` : facts;
}
