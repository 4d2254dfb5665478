import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../server/clock";
import type { StoreSettings } from "../server/storage/object-store";
import { openStore } from "../server/storage/open-store";
import type { CountingProxy } from "./counting-proxy";
import { measureCommand, type Usage } from "./measured-command";
import type { MeasureJob } from "./measured-worker";
import { type ChangedFiles, makeChangedFiles } from "./transfer-files";
import { OwnSide } from "./transfer-nestegg";
import { FILE_NAME, findPeers, type Peer, type Place } from "./transfer-peers";
import { TransferResults, type Work } from "./transfer-results";

export interface TransferInput {
  /** A database at rest; it is moved. */
  sample: string;
  folder: string;
  store: StoreSettings;
  /** Before the same store; null: nobody counts, each tells of itself. */
  proxy: CountingProxy | null;
  /** The simulator refuses what rclone reads before 1.63, unless the proxy signs it anew: all then read through it. */
  readThroughProxy: boolean;
  rounds: number;
  /** Only what needs no changed copies of the file: three of them, and what every tool stores of each, take many times its size of disk. */
  wholeOnly: boolean;
  /** False: no round 0, so bytes and requests are only what our own worker tells. */
  counts: boolean;
  measureJob: MeasureJob;
}

type Contestant = [name: string, run: () => Promise<Work>];

/**
 * Every row with every tool, on one store and one file, by turns. Round 0 is not timed: it goes through the counting proxy, and
 * pays for everybody's first requests. The others go straight to the store, with the tools in another order each round.
 */
export async function measureTransfer(input: TransferInput): Promise<TransferResults> {
  const { store, folder, rounds, proxy } = input;
  const { peers, leftOut } = findPeers(store);
  const changed = input.wholeOnly ? null : await makeChangedFiles(input.sample, folder);
  const results = new TransferResults((await stat(input.sample)).size, leftOut);
  for (let round = input.counts ? 0 : 1; round <= rounds; round += 1) {
    console.log(round === 0 ? "  round 0: counting" : `  round ${round}`);
    const place: Place = {
      store: round === 0 && proxy ? proxy.settings : store,
      prefix: `nestegg-bench-${process.pid}/${round}/`,
      scratch: join(folder, `round-${round}`),
    };
    await mkdir(place.scratch, { recursive: true });
    try {
      await new Round(input, { round, place, changed, peers, results }).run();
    } finally {
      await rm(place.scratch, { recursive: true, force: true });
      await emptyStore(store, place.prefix);
    }
  }
  return results;
}

interface RoundFacts {
  round: number;
  place: Place;
  changed: ChangedFiles | null;
  peers: Peer[];
  results: TransferResults;
}

class Round {
  readonly #live: string;
  readonly #target: string;
  readonly #own: OwnSide;
  readonly #reading: Place;

  constructor(
    private readonly input: TransferInput,
    private readonly facts: RoundFacts,
  ) {
    this.#live = join(input.folder, "data", FILE_NAME);
    this.#target = join(input.folder, "restored", FILE_NAME);
    const { place } = facts;
    this.#reading = { ...place, store: (input.readThroughProxy && input.proxy?.settings) || place.store };
    this.#own = new OwnSide(input.measureJob, place);
  }

  async run(): Promise<void> {
    const { place, changed, peers } = this.facts;
    for (const peer of peers) for (const command of peer.prepare(place)) await measureCommand(command);
    await this.#asLive(this.input.sample, async () => {
      await this.#row("First backup", [
        ["nestegg", () => this.#own.firstBackup(this.#live)],
        ...this.#backups("first"),
      ]);
      if (changed) await this.#nothingChanged();
    });
    if (changed) {
      await this.#changed("1,000 rows inserted, 100 updated", "small", changed.small);
      await this.#changed("1 % of two tables appended", "append", changed.append);
      await this.#changed("1 % of a column updated, scattered", "scatter", changed.scatter);
    }
    await this.#restores("Full restore", null);
    if (changed) await this.#restores("Restore over a file with those 1,100 rows changed", changed.small);
  }

  /** Ours leaves two more whole objects in the store. */
  async #nothingChanged(): Promise<void> {
    await this.#row("Nothing changed", [
      ["nestegg, by header", () => this.#own.backup(this.#live, "header", { sameHistory: true })],
      ["nestegg, by hashes", () => this.#own.backup(this.#live, "hashes", { sameHistory: false })],
      ...this.#backups("first", true),
    ]);
  }

  /** A rename, as restic knows a file by its path and its times. */
  async #asLive(file: string, work: () => Promise<void>): Promise<void> {
    await mkdir(join(this.#live, ".."), { recursive: true });
    await rename(file, this.#live);
    try {
      await work();
    } finally {
      await rename(this.#live, file);
    }
  }

  async #changed(title: string, change: keyof ChangedFiles, file: string): Promise<void> {
    const own: Contestant = ["nestegg", () => this.#own.backup(this.#live, change, { sameHistory: true })];
    await this.#asLive(file, () => this.#row(title, [own, ...this.#backups(change)]));
    // Else a round would need room for a dozen files; restic's repository stays.
    const { prefix } = this.facts.place;
    for (const tool of ["nestegg", "rclone", "aws"]) await emptyStore(this.input.store, `${prefix}${tool}/${change}`);
  }

  #backups(name: string, nothing = false): Contestant[] {
    const { peers, place } = this.facts;
    return peers.map((peer) => {
      const command = (nothing ? peer.nothing : undefined) ?? peer.backup;
      return [peer.name, async () => other(await measureCommand(command(place, this.#live, name)))];
    });
  }

  async #restores(title: string, local: string | null): Promise<void> {
    const own: Contestant = [
      "nestegg, checked",
      async () => {
        await this.#layTarget(null);
        const { checked, whole } = await this.#own.restore(this.#reading.store, this.#target, local);
        this.#note(title, "nestegg, all rows read", whole);
        return checked;
      },
    ];
    const others = this.facts.peers.map(
      (peer): Contestant => [
        peer.name,
        async () => {
          await this.#layTarget(local);
          return other(await measureCommand(peer.restore(this.#reading, this.#target, "first")));
        },
      ],
    );
    await this.#row(title, [own, ...others], true);
    await rm(join(this.#target, ".."), { recursive: true, force: true });
  }

  /** What lies where the others write to; ours goes beside it and is exchanged. */
  async #layTarget(local: string | null): Promise<void> {
    await rm(join(this.#target, ".."), { recursive: true, force: true });
    await mkdir(join(this.#target, ".."), { recursive: true });
    if (local !== null) await copyFile(local, this.#target);
  }

  async #row(title: string, contestants: Contestant[], isRead = false): Promise<void> {
    const { round, results } = this.facts;
    const first = round % contestants.length;
    results.expect(
      title,
      contestants.map(([name]) => name),
    );
    for (const [name, run] of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      this.input.proxy?.take();
      try {
        const work = await run();
        const passed = round === 0 ? this.input.proxy?.take() : undefined;
        const bytes = isRead ? passed?.receivedBytes : passed?.sentBytes;
        this.#note(
          title,
          name,
          passed && name !== "cp" ? { ...work, bytes: bytes ?? 0, requests: passed.requests } : work,
        );
      } catch (error) {
        if (name.startsWith("nestegg")) throw error;
        results.failed(title, name, error instanceof Error ? error.message : String(error));
      }
    }
  }

  #note(title: string, name: string, work: Work): void {
    // As it goes: a run that is cut off has told what it knew.
    console.log(`    ${title}, ${name}: ${work.usage.seconds.toFixed(2)} s`);
    this.facts.results.add({ row: title, tool: name, round: this.facts.round, work });
  }
}

async function emptyStore(store: StoreSettings, prefix: string): Promise<void> {
  if (store.kind === "local") return rm(join(store.folder, prefix), { recursive: true, force: true });
  const opened = await openStore(store, { clock: systemClock });
  for await (const { key } of opened.list(prefix)) await opened.delete(key);
}

function other(usage: Usage): Work {
  return { usage, bytes: null, requests: null };
}
