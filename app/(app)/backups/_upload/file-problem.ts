/** Every DuckDB file has these letters after a checksum of 8 bytes. */
const MAGIC = "DUCK";
const MAGIC_AT = 8;

/** Why it is not worth sending; null where it may be one. The server looks closer. */
export async function fileProblem(file: Blob): Promise<string | null> {
  if (file.size === 0) return "The file is empty.";
  const head = await file
    .slice(MAGIC_AT, MAGIC_AT + MAGIC.length)
    .text()
    .catch(() => null);
  if (head === null) return "The browser could not read the file.";
  return head === MAGIC ? null : "This is not a DuckDB database file.";
}
