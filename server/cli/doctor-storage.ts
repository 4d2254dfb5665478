import { tryStorage } from "../backups/storage-check";
import type { Bucket } from "./bucket";
import type { Finding } from "./doctor";

const STATES = { pass: "ok", warn: "warning", fail: "fault", skipped: "ok" } as const;

/** The same check as on the page: reach, write, read back, write only once, delete, clock. */
export async function checkStorageRows(bucket: Bucket): Promise<Finding[]> {
  const rows = await tryStorage(bucket);
  const [first] = rows;
  // When it cannot be reached, five more rows would say the same.
  const shown = first?.state === "fail" ? rows.slice(0, 1) : rows;
  return shown.map(({ code, title, state, text, hint }) => ({
    code: `storage-${code}`,
    title: `Storage, ${title.toLowerCase()}`,
    state: STATES[state],
    text,
    hint,
  }));
}
