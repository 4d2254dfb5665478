import { execFile, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { withRest } from "../server/api/rest/node-door";
import { parseWords } from "../server/cli/parse-words";
import { parseSettings } from "../server/config";
import { setNestegg } from "../server/runtime-handle";
import { ADMIN, type RuntimeFixture, startRuntime } from "../server/testing/runtime-fixture";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const works = (command: string, args: string[]) => spawnSync(command, args, { stdio: "ignore" }).status === 0;
const guide = read("docs/deploy.md");
const unit = read("deploy/nestegg.service");
const dockerfile = read("deploy/Dockerfile");
const deployFiles = readdirSync(join(root, "deploy")).map((name) => `deploy/${name}`);
const defaultBudgetSeconds = parseSettings({}).shutdownBudgetMs / 1000;

/** What is written in capitals there and is no setting of the server. */
const NOT_OURS = new Set(
  "NODE_ENV UV_THREADPOOL_SIZE NESTEGG_URL NESTEGG_TOKEN AF_INET AF_INET6 AF_UNIX AF_NETLINK".split(" "),
);

describe("what the deployment names", () => {
  it("is a setting that exists, with a value that the server takes", () => {
    const settings = new Set([...read(".env.example").matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));
    for (const path of ["docs/deploy.md", "docs/records.md", ...deployFiles]) {
      const named = [...read(path).matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name);
      const unknown = named.filter((name) => !settings.has(name) && !NOT_OURS.has(name));
      expect(unknown, path).toEqual([]);
    }
  });

  it("is a command that exists", () => {
    const text = guide + read("docs/records.md");
    const lines = [...text.matchAll(/(?:nestegg --|scripts\/nestegg\.mjs) +([a-z][^\n`#]*)/g)].map(
      ([, words]) => words ?? "",
    );
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const words = line.trim().split(/\s+/);
      expect(() => parseWords(words), line).not.toThrow();
    }
  });

  it("lies where the image takes it from, and the ignore file lets it in", () => {
    const made = new Set(["node_modules", "dist", ".next"]);
    const ignore = read("deploy/Dockerfile.dockerignore");
    const copied = [...dockerfile.matchAll(/^COPY (?:--from=build )?(.+) \S+$/gm)].flatMap(
      ([, list]) => list?.split(" ") ?? [],
    );
    const names = copied.map((name) => name.replace(/^\/app\//, "")).filter((name) => name !== "." && !made.has(name));
    expect(names).toContain("package-lock.json");
    for (const name of names) {
      expect(existsSync(join(root, name)), name).toBe(true);
      expect(ignore).toContain(`\n!${name}\n`);
    }
    for (const name of ["app", "components", "server", "postcss.config.mjs", "tsconfig.json", "tsconfig.base.json"]) {
      expect(ignore).toContain(`\n!${name}\n`);
    }
    expect(ignore).not.toMatch(/^!\.env/m);
  });
});

describe("a stop", () => {
  it("has longer than its budget everywhere, and its signal reaches the server alone", () => {
    const seconds = (text: string, form: RegExp) => Number(form.exec(text)?.[1]);
    expect(seconds(unit, /^TimeoutStopSec=(\d+)$/m)).toBeGreaterThan(defaultBudgetSeconds);
    expect(unit).toMatch(/^KillSignal=SIGTERM$/m);
    expect(unit).toMatch(/^KillMode=mixed$/m);
    expect(seconds(read("deploy/compose.yaml"), /stop_grace_period: (\d+)s/)).toBeGreaterThan(defaultBudgetSeconds);
    const kubernetes = read("deploy/kubernetes.yaml");
    expect(seconds(kubernetes, /terminationGracePeriodSeconds: (\d+)/)).toBeGreaterThan(defaultBudgetSeconds);
    expect(dockerfile).toMatch(/^CMD \["node", "scripts\/start\.mjs"\]$/m);
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
  });

  it.skipIf(!works("systemd-analyze", ["--version"]))("is a unit that systemd understands without a warning", () => {
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", join(root, "deploy/nestegg.service")]);
    // The folders and the user of the guide are not on this machine: only what the unit says is judged.
    const said = `${stdout}${stderr}`
      .split("\n")
      .filter((line) => /nestegg\.service:\d+|Unknown|Failed to parse/i.test(line));
    expect(said).toEqual([]);
    expect(status === 0 || `${stderr}`.includes("not executable")).toBe(true);
  });
});

describe("the YAML files", () => {
  const parse = (path: string) => parseAllDocuments(read(path)).map((document) => document.toJS({ mapAsMap: false }));

  it("keep one process on one volume, which Kubernetes kills for nothing but silence", () => {
    const [claim, deployment, service] = parse("deploy/kubernetes.yaml");
    expect(claim.spec.accessModes).toEqual(["ReadWriteOnce"]);
    expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    const [container] = deployment.spec.template.spec.containers;
    expect(container.livenessProbe).toMatchObject({ tcpSocket: { port: "http" } });
    expect(container.readinessProbe.httpGet.path).toBe("/api/health");
    expect(service.spec).toMatchObject({
      publishNotReadyAddresses: true,
      selector: deployment.spec.selector.matchLabels,
    });
    const volumes = deployment.spec.template.spec.volumes.map(({ name }: { name: string }) => name);
    expect(container.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(volumes);
    const values = container.env.map(({ name, value }: { name: string; value: string }) => [name, value]);
    expect(parseSettings(Object.fromEntries(values))).toMatchObject({ host: "0.0.0.0", restoreOnStart: "if-missing" });
  });

  it("give Compose the image's own folder and a grace time", () => {
    const [{ services, volumes }] = parse("deploy/compose.yaml");
    expect(services.nestegg).toMatchObject({ stop_grace_period: "30s", volumes: ["data:/data"] });
    expect(existsSync(join(root, "deploy", services.nestegg.build.context, services.nestegg.build.dockerfile))).toBe(
      true,
    );
    expect(Object.keys(volumes)).toEqual(["data"]);
    expect(parseSettings(services.nestegg.environment)).toMatchObject({ dataDir: "/data", host: "0.0.0.0" });
  });
});

describe("the script for CI, as it stands in the guide", () => {
  let server: RuntimeFixture;
  let url: string;
  let token: string;
  const http = createServer((request, response) => void doors(request, response));
  const doors = withRest(async (_request, response) => void response.writeHead(404).end());

  beforeAll(async () => {
    server = await startRuntime();
    setNestegg(server.nestegg);
    await server.sql("CREATE TABLE members AS SELECT range AS id FROM range(1000)");
    const wish = { name: "ci", scopes: ["backups:create" as const], expiresInDays: null };
    token = (await server.nestegg.tokens.create(ADMIN, wish)).secret;
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }, 60_000);
  afterAll(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await server.stop();
    await server.remove();
  });

  const block = /<!-- scripts\/deploy\.test\.ts [^\n]*-->\n```sh\n([\s\S]*?)```/.exec(guide)?.[1] ?? "exit 99";
  const run = (environment: Record<string, string>) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = { PATH: process.env.PATH, NESTEGG_URL: url, NESTEGG_TOKEN: token, ...environment };
      execFile("sh", ["-c", block], { env: env as unknown as NodeJS.ProcessEnv }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });

  it("ends with 0 when the backup is stored and verified, and with 1, saying so, in every other case", async () => {
    const done = await run({ RELEASE: "v3.1" });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    const { backupId } = JSON.parse(done.stdout);
    const backup = await server.nestegg.backups.get(backupId);
    expect(backup).toMatchObject({ state: "verified", note: "before v3.1", tags: { release: "v3.1" } });

    const stops = expect.stringContaining("The deploy stops here.");
    expect(await run({ NESTEGG_TOKEN: "wrong" })).toMatchObject({ code: 1, stderr: stops });
    expect(await run({ NESTEGG_URL: "http://127.0.0.1:9" })).toMatchObject({ code: 1, stderr: stops });

    const bucket = join(server.folder, "bucket");
    renameSync(bucket, `${bucket}-away`);
    writeFileSync(bucket, "no folder");
    const failed = await run({});
    rmSync(bucket);
    renameSync(`${bucket}-away`, bucket);
    expect(failed).toMatchObject({ code: 1, stderr: stops, stdout: expect.stringContaining('"success":false') });
  }, 60_000);
});
