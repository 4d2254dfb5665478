// @ts-check

/** Measured on files of 8 MB to 340 MB in storage version v1.5.0; the true size lies within a tenth or so: free blocks that the load leaves. */
const FIXED_BYTES = 2_700_000;
const BYTES_PER_UNIT = 16_300;
const LEAST_BYTES = 10_000_000;
const MOST_BYTES = 10_000_000_000;
const UNITS = /** @type {Record<string, number>} */ ({ KB: 1e3, MB: 1e6, GB: 1e9 });

/**
 * @param {string} text such as 200MB or 1.5GB, in powers of ten
 * @returns {number} bytes
 */
export function parseSize(text) {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMG]B)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
  if (bytes >= LEAST_BYTES && bytes <= MOST_BYTES) return bytes;
  throw new Error(`--size ${text}: give a size from 10MB to 10GB, such as 200MB.`);
}

/**
 * @param {number} bytes
 * @returns {number} how many events, with all that belongs to them, fill a file of this size
 */
export function unitsFor(bytes) {
  return Math.max(1, Math.round((bytes - FIXED_BYTES) / BYTES_PER_UNIT));
}

/**
 * @typedef {object} SampleOptions
 * @property {number} bytes
 * @property {number} seed
 * @property {string | null} file
 * @property {string | null} url
 * @property {string | null} token
 */

/**
 * @param {string[]} args
 * @returns {SampleOptions}
 */
export function parseArguments(args) {
  const known = ["--size", "--seed", "--file", "--url", "--token"];
  /** @type {Record<string, string>} */
  const given = {};
  for (let at = 0; at < args.length; at += 1) {
    const [name = "", inline] = (args[at] ?? "").split(/=(.*)/s);
    if (!known.includes(name)) throw new Error(`${name} is not known here. There are: ${known.join(", ")}.`);
    const value = inline ?? args[++at];
    if (value === undefined || value === "") throw new Error(`${name} needs a value.`);
    given[name] = value;
  }
  if (given["--file"] && given["--url"]) throw new Error("Give --file or --url, not both.");
  const seed = Number(given["--seed"] ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error("--seed needs a whole number, 0 or more.");
  return {
    bytes: parseSize(given["--size"] ?? "200MB"),
    seed,
    file: given["--file"] ?? null,
    url: given["--url"]?.replace(/\/+$/, "") ?? null,
    token: given["--token"] ?? null,
  };
}
