import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { StoreSettings } from "../server/storage/object-store";
import type { Command } from "./measured-command";
import { rcloneRemote } from "./rclone";

/** Another tool doing the same work with its own defaults. `prefix` is a folder of the round inside the store. */
export interface Peer {
  name: string;
  /** Before the first backup of a round; not measured. */
  prepare(place: Place): Command[];
  /** `name` is the state of the file; the same name again means that nothing has changed. */
  backup(place: Place, file: string, name: string): Command;
  /** Only where another command than `backup` is the one that notices. */
  nothing?(place: Place, file: string, name: string): Command;
  restore(place: Place, target: string, name: string): Command;
}

export interface Place {
  store: StoreSettings;
  prefix: string;
  /** For a tool's own cache; a new one each round. */
  scratch: string;
}

export interface Peers {
  peers: Peer[];
  /** Why others are not there, for people. */
  leftOut: string[];
}

/** The same file name everywhere: restic looks for what it knows of a path. */
export const FILE_NAME = "live.duckdb";

export function findPeers(store: StoreSettings): Peers {
  const peers: Peer[] = [];
  const leftOut: string[] = [];
  const add = (make: (version: string) => Peer, tool: string, args: string[], unfit: string | null) => {
    const version = versionOf(tool, args);
    if (version === null) leftOut.push(`${tool}: not installed`);
    else if (unfit !== null) leftOut.push(`${tool}: ${unfit}`);
    else peers.push(make(version));
  };
  const hasPath = store.kind === "r2" && new URL(store.endpoint).pathname.replace(/\/$/, "") !== "";
  add(rclone, "rclone", ["version"], null);
  add(restic, "restic", ["version"], hasPath ? "takes no endpoint with a path, as the simulator's is" : null);
  add(aws, "aws", ["--version"], store.kind === "local" ? "has no folder for a store" : null);
  peers.push(cp);
  return { peers, leftOut };
}

function versionOf(tool: string, args: string[]): string | null {
  const { stdout, status } = spawnSync(tool, args, { encoding: "utf8" });
  return status === 0 ? (/\d+\.\d+(\.\d+)?/.exec(stdout)?.[0] ?? "") : null;
}

function rclone(version: string): Peer {
  const at = ({ store, prefix }: Place, name: string) =>
    store.kind === "local"
      ? join(store.folder, prefix, "rclone", name, FILE_NAME)
      : `bench:${store.bucket}/${prefix}rclone/${name}/${FILE_NAME}`;
  const copy = (from: string, to: string, { store }: Place): Command => ({
    program: "rclone",
    // The bucket is there; rclone would ask for leave to create it.
    args: ["copyto", ...(store.kind === "local" ? [] : ["--s3-no-check-bucket"]), from, to],
    env: rcloneRemote(store),
  });
  return {
    name: `rclone ${version}`,
    prepare: () => [],
    backup: (place, file, name) => copy(file, at(place, name), place),
    restore: (place, target, name) => copy(at(place, name), target, place),
  };
}

function restic(version: string): Peer {
  const call = ({ store, prefix, scratch }: Place, args: string[]): Command => {
    const s3 = store.kind === "r2" ? store : null;
    const repository = s3
      ? `s3:${s3.endpoint.replace(/\/$/, "")}/${s3.bucket}/${prefix}restic`
      : join((store as Extract<StoreSettings, { kind: "local" }>).folder, prefix, "restic");
    const env = {
      RESTIC_REPOSITORY: repository,
      RESTIC_PASSWORD: "bench",
      RESTIC_CACHE_DIR: join(scratch, "restic-cache"),
      ...(s3 && awsEnvironment(s3)),
    };
    return { program: "restic", args: ["--quiet", ...args], env };
  };
  return {
    name: `restic ${version}`,
    prepare: (place) => [call(place, ["init"])],
    backup: (place, file, name) => ({
      ...call(place, ["backup", "--tag", name, FILE_NAME]),
      cwd: join(file, ".."),
    }),
    restore: (place, target, name) => call(place, ["restore", "latest", "--tag", name, "--target", join(target, "..")]),
  };
}

function aws(version: string): Peer {
  const call = ({ store }: Place, args: string[]): Command => {
    if (store.kind === "local") throw new Error("aws has no folder for a store");
    return {
      program: "aws",
      args: ["--endpoint-url", store.endpoint, "s3", ...args],
      env: awsEnvironment(store),
    };
  };
  const at = ({ store, prefix }: Place, name: string) =>
    `s3://${store.kind === "r2" ? store.bucket : ""}/${prefix}aws/${name}/`;
  return {
    name: `aws ${version}`,
    prepare: () => [],
    backup: (place, file, name) => call(place, ["cp", "--no-progress", file, at(place, name) + FILE_NAME]),
    // `cp` compares nothing.
    nothing: (place, file, name) =>
      call(place, [
        "sync",
        "--no-progress",
        "--exclude",
        "*",
        "--include",
        FILE_NAME,
        join(file, ".."),
        at(place, name),
      ]),
    restore: (place, target, name) => call(place, ["cp", "--no-progress", at(place, name) + FILE_NAME, target]),
  };
}

/** The floor: the same bytes on this machine's own disk, neither checked nor synced. */
const cp: Peer = {
  name: "cp",
  prepare: () => [],
  backup: ({ scratch }, file, name) => ({ program: "cp", args: [file, join(scratch, name)] }),
  restore: ({ scratch }, target, name) => ({ program: "cp", args: [join(scratch, name), target] }),
};

function awsEnvironment(store: Extract<StoreSettings, { kind: "r2" }>): Record<string, string | undefined> {
  return {
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_DEFAULT_REGION: store.region,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    // R2 and Ceph know no default checksums; the newer clients send them unless told.
    AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
    AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
  };
}
