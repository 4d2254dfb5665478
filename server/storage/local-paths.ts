import { join, sep } from "node:path";

/** Our own files inside the bucket's folder. No key can reach it: a leading dot in a key is written as %2E. */
export const HIDDEN_FOLDER = ".nestegg";

/** Stands for an empty segment (`a//b`). Nothing else encodes to a lone percent sign. */
const EMPTY_SEGMENT = "%";

/** The file of a key. Same layout as the bucket; only what a file system cannot hold is percent-encoded. */
export function keyToPath(folder: string, key: string): string {
  return join(folder, ...key.split("/").map(encodeSegment));
}

/** The part of a key that one file or folder name stands for, or null for a name that is not of our making. */
export function nameToSegment(name: string): string | null {
  if (name.startsWith(".")) return null;
  if (name === EMPTY_SEGMENT) return "";
  const segment = decodeSegment(name);
  // Only the one canonical form counts, else two files could claim one key.
  return segment !== null && encodeSegment(segment) === name ? segment : null;
}

/** Folders from the bucket's root down to a key's own, as paths. */
export function parentFolders(folder: string, path: string): string[] {
  const names = path.slice(folder.length + 1).split(sep);
  return names.slice(0, -1).map((_, index) => join(folder, ...names.slice(0, index + 1)));
}

function encodeSegment(segment: string): string {
  if (segment === "") return EMPTY_SEGMENT;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a terminal and a file system choke on.
  return segment.replace(/^\.|[%\\\u0000-\u001f\u007f]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
    return `%${code}`;
  });
}

function decodeSegment(name: string): string | null {
  if (/%(?![0-9A-F]{2})/.test(name)) return null;
  return name.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
