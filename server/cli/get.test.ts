import { existsSync } from "node:fs";
import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readBody } from "../read-body";
import { startFaultyProxy } from "../storage/testing/faulty-proxy";
import { type MadeBucket, makeBucket } from "./testing/make-bucket";
import { stateOf } from "./testing/read-database";
import { bucketEnvironment, fetchedAndReused, runNestegg } from "./testing/run-nestegg";

/** Several runs of the program in one test, on a machine that others use. */
vi.setConfig({ testTimeout: 180_000 });

const PART_BYTES = 8 * 1024 * 1024;

let bucket: MadeBucket;
let machine = "";
beforeAll(async () => {
  bucket = await makeBucket();
  machine = join(await bucket.emptyFolder(), "data");
}, 240_000);
afterAll(() => bucket.stop());

const run = (words: string[], environment: Record<string, string> = {}) =>
  runNestegg(words, {
    environment: { ...bucket.environment, DATA_DIR: machine, ...environment },
  });

test("on an empty machine, with the bucket's settings alone, list and show tell of every backup", async () => {
  const folder = await bucket.emptyFolder();
  const environment = { DATA_DIR: join(folder, "data") };
  const listed = await run(["list", "--json"], environment);
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(listed.json).toMatchObject({ success: true, total: 2, latest: bucket.newer });
  expect(listed.json.backups?.map((backup) => [backup.id, backup.state])).toEqual([
    [bucket.newer, "verified"],
    [bucket.older, "verified"],
  ]);
  const short = await run(["list", "--limit", "1"], environment);
  expect(short.stdout).toMatch(/^ID +STATE +SIZE +SENT +NOTES$/m);
  expect(short.stdout).toMatch(new RegExp(`^${bucket.newer} +verified +[\\d.]+MB +[\\d.]+MB`, "m"));
  expect(short.stdout).toContain("1 of 2 backups of hesocial in R2 bucket nestegg-test");

  const shown = await run(["show", bucket.older, "--json"], environment);
  expect(shown.json.backup).toMatchObject({ id: bucket.older, state: "verified", note: "before the sale" });
  expect(shown.json.manifest?.file.parts.length).toBeGreaterThan(1);
  const latest = (await run(["show", "latest"], environment)).stdout;
  expect(latest).toMatch(/main\.ballast +200,000 rows/);
  expect(latest).toMatch(/^sent +\d[\d.]*MB/m);
  expect(latest).toMatch(/^requests +\d+ class A, \d+ class B, \d+ free$/m);
  expect(latest).toMatch(/^took +\d+\.\d s$/m);
  expect(latest).toMatch(/^cost +.+ for its requests, .+ a month to keep/m);
  // Nothing was made on this machine by looking.
  expect(existsSync(join(folder, "data"))).toBe(false);
});

test("get brings a checked file under its name, and never over another one unless told to", async () => {
  const folder = await bucket.emptyFolder();
  const file = join(folder, "deep", "copy.duckdb");
  const got = await run(["get", bucket.older, "--into", file, "--json"]);
  expect(got).toMatchObject({ code: 0, stderr: "" });
  expect(got.json).toMatchObject({ success: true, id: bucket.older, file, reusedBytes: 0 });
  expect(got.json.fetchedBytes).toBe((await stat(file)).size);
  expect(got.json.tables).toContainEqual({ schema: "main", name: "ballast", rows: 300_000 });
  expect(await stateOf(file)).toBe("first 300000");
  expect(await readdir(join(folder, "deep"))).toEqual(["copy.duckdb"]);

  const refused = await run(["get", "latest", "--into", file]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain("--force");
  expect(await stateOf(file)).toBe("first 300000");

  // A link to the live database is the live database.
  const link = join(folder, "link.duckdb");
  await symlink(file, link);
  const live = await run(["get", "latest", "--into", link, "--force"], { DATABASE_PATH: link });
  expect(live).toMatchObject({ code: refused.code, stderr: expect.stringContaining("is the live database") });
  const forced = await run(["get", "latest", "--into", file, "--force", "--json"]);
  expect(forced.json).toMatchObject({ success: true, id: bucket.newer });
  expect(await stateOf(file)).toBe("second 200000");

  await writeFile(`${file}.wal`, "a log of another file");
  const stale = await run(["get", "latest", "--into", file, "--force", "--json"]);
  expect(stale).toMatchObject({ code: 2, json: { success: false, error: { code: "wrong_use" }, exitCode: 2 } });
});

test("a get that is killed goes on with the parts that are there, and a second one beside it is refused", async () => {
  const folder = await bucket.emptyFolder();
  const file = join(folder, "copy.duckdb");
  const proxy = await startFaultyProxy({ target: bucket.settings });
  try {
    const environment = { ...bucketEnvironment(proxy.settings), DATA_DIR: machine };
    // The first part comes at once, the others hang: the kill falls between them.
    const isLater = (range: string | undefined) => Boolean(range) && !range?.startsWith("bytes=0-");
    proxy.inject({
      fault: { kind: "stall", afterBytes: 1000 },
      when: ({ method, headers }) => method === "GET" && isLater(headers.range),
    });
    let kill = () => {};
    const killed = runNestegg(["get", bucket.older, "--into", file], {
      environment,
      onStart: (child) => {
        kill = () => void child.kill("SIGKILL");
      },
    });
    while ((await stat(`${file}.part`).catch(() => ({ size: 0 }))).size < PART_BYTES) await pause(50);
    const second = await runNestegg(["get", bucket.newer, "--into", file, "--json"], {
      environment,
    });
    expect(second).toMatchObject({ code: 5, json: { error: { code: "database_busy" } } });
    kill();
    expect((await killed).code).toBeNull();
    expect(existsSync(file)).toBe(false);

    proxy.clear();
    const resumed = await runNestegg(["get", bucket.older, "--into", file, "--json"], {
      environment,
    });
    expect(resumed.code).toBe(0);
    expect(resumed.json.reusedBytes).toBeGreaterThanOrEqual(PART_BYTES);
    expect(fetchedAndReused(resumed)).toBe(resumed.json.bytes);
    expect(await stateOf(file)).toBe("first 300000");
    expect(await readdir(folder)).toEqual(["copy.duckdb"]);
  } finally {
    await proxy.stop();
  }
});

test("a get given up with Ctrl-C says so by its exit code and keeps what it has", async () => {
  const file = join(await bucket.emptyFolder(), "copy.duckdb");
  const proxy = await startFaultyProxy({ target: bucket.settings });
  try {
    proxy.inject({ fault: { kind: "stall", afterBytes: 1000 }, when: ({ headers }) => Boolean(headers.range) });
    const given = await runNestegg(["get", bucket.older, "--into", file, "--json"], {
      environment: { ...bucketEnvironment(proxy.settings), DATA_DIR: machine },
      onStart: async (child) => {
        while (!existsSync(`${file}.part`)) await pause(50);
        child.kill("SIGINT");
      },
    });
    expect(given).toMatchObject({ code: 130, json: { success: false, error: { code: "cancelled" }, exitCode: 130 } });
    expect(existsSync(`${file}.part`)).toBe(true);
    expect(existsSync(file)).toBe(false);
  } finally {
    await proxy.stop();
  }
});

test("what is not there is exit code 3, a storage that does not let one in is 6", async () => {
  const file = join(await bucket.emptyFolder(), "copy.duckdb");
  const unknown = await run(["get", "hesocial-manual-20200101-000000.duckdb", "--into", file, "--json"]);
  expect(unknown).toMatchObject({ code: 3, json: { error: { code: "not_found" } } });
  expect(await run(["show", "no-such-name"])).toMatchObject({ code: 3, stdout: "" });
  const other = await run(["get", "latest", "--into", file], { DATABASE_PATH: "/tmp/another.duckdb" });
  expect(other.code).toBe(3);
  expect(other.stderr).toContain("DATABASE_PATH");
  const refused = await run(["list", "--json"], { R2_SECRET_ACCESS_KEY: "wrong" });
  expect(refused).toMatchObject({ code: 6, json: { success: false, exitCode: 6 } });
  const away = await run(["list"], { R2_ENDPOINT: "http://127.0.0.1:9" });
  expect(away.code).toBe(6);
  expect(await run(["list"], { R2_BUCKET_NAME: "" })).toMatchObject({ code: 1, stdout: "" });
});

test("verify proves a backup and notes it; a damaged latest is named, with the next older one, and never passed over", async () => {
  const sound = await run(["verify", "latest", "--json"]);
  expect(sound.json).toMatchObject({ success: true, id: bucket.newer, result: "verified", recorded: true });

  const key = `backups/${bucket.newer}`;
  const original = await bucket.store.get(key);
  if (!original) throw new Error("the backup is gone");
  const bytes = await readBody(original);
  const damaged = Buffer.from(bytes);
  damaged[5_000_000] = (damaged[5_000_000] ?? 0) ^ 1;
  await bucket.store.put(key, damaged);
  const found = await run(["verify", bucket.newer, "--json"]);
  expect(found).toMatchObject({ code: 4, json: { success: false, error: { code: "backup_damaged" }, exitCode: 4 } });
  expect((await run(["show", bucket.newer, "--json"])).json.backup).toMatchObject({ state: "failed" });

  const file = join(await bucket.emptyFolder(), "copy.duckdb");
  const latest = await run(["get", "latest", "--into", file]);
  expect(latest.code).toBe(4);
  expect(latest.stderr).toContain(`${bucket.newer}, did not pass its check`);
  expect(latest.stderr).toContain(bucket.older);
  const named = await run(["get", bucket.newer, "--into", file]);
  expect(named.code).toBe(4);
  expect(named.stderr).toContain(`next older good backup is ${bucket.older}`);
  expect(existsSync(file)).toBe(false);
  expect(existsSync(`${file}.part`)).toBe(false);
  expect(await run(["get", bucket.older, "--into", file])).toMatchObject({ code: 0 });
  expect((await readFile(file)).length).toBeGreaterThan(0);
});
