// @ts-check
// Loaded before the program: ends it by SIGKILL just before its n-th operation on a file beside the database.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const killAt = Number(process.env.KILL_AT);
let operations = 0;

/** @param {unknown} path */
function before(path) {
  if (!String(path).includes("hesocial.duckdb")) return;
  if (operations === killAt) process.kill(process.pid, "SIGKILL");
  operations += 1;
}

const { rename, rm, open, link } = fs;
Object.assign(fs, {
  /** @type {typeof rename} */
  rename(from, to) {
    before(from);
    return rename(from, to);
  },
  /** @type {typeof rm} */
  rm(path, options) {
    before(path);
    return rm(path, options);
  },
  /** @type {typeof link} */
  link(from, to) {
    before(from);
    return link(from, to);
  },
  /** @type {typeof open} */
  async open(path, ...rest) {
    before(path);
    const handle = await open(path, ...rest);
    const { sync } = handle;
    handle.sync = () => {
      before(path);
      return sync.call(handle);
    };
    return handle;
  },
});
syncBuiltinESMExports();
