import { z } from "zod";
import { AppError } from "../errors";
import { askServer } from "./ask-server";
import type { BackupWish } from "./backup";
import type { Cli, Outcome } from "./cli";

const createdSchema = z.looseObject({
  backupId: z.string(),
  timestamp: z.string(),
  size: z.string(),
  state: z.string(),
});

interface Server {
  url: string;
  /** What the lock on the data folder said of who holds it. */
  owner: AppError | null;
}

export async function backupByApi(cli: Cli, wish: BackupWish & Server): Promise<Outcome> {
  const token = wish.token ?? cli.token ?? cli.settings.adminApiToken;
  if (token === null) {
    throw new AppError(
      "unauthenticated",
      `A server is at ${wish.url}, and there is no token to ask it with. No backup was taken.`,
      {
        hint: "Set ADMIN_API_TOKEN for server and command line, or make a token under Settings, API tokens (backups:create) and set NESTEGG_TOKEN.",
      },
    );
  }
  const startedAt = cli.clock.now().getTime();
  const ticking = new AbortController();
  void showTime(cli, startedAt, AbortSignal.any([ticking.signal, cli.signal]));
  try {
    const answer = await askServer({
      url: `${wish.url}/api/admin/backup${wish.verify ? "?verify=true" : ""}`,
      token,
      body: wish.note === "" ? {} : { note: wish.note },
      signal: cli.signal,
    });
    const { backupId, timestamp, size, state } = createdSchema.parse(answer);
    return {
      text: `${backupId}\n${size}, ${state}, taken by the server at ${wish.url}`,
      json: { id: backupId, timestamp, size, state, by: "server", url: wish.url },
    };
  } catch (error) {
    throw withOwner(error, wish);
  } finally {
    ticking.abort();
    cli.terminal.draw("");
  }
}

/** The server tells how far it is only on its page; that it is at work can be said all the same. */
async function showTime({ terminal, clock }: Cli, startedAt: number, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const seconds = Math.round((clock.now().getTime() - startedAt) / 1000);
    terminal.draw(`The server takes the backup … ${seconds} s`);
    await clock.sleep(1_000, over);
  }
}

/** Somebody holds the data folder and nothing answers: another address, a server that starts or stops, or a restore from here. */
function withOwner(error: unknown, { url, owner }: Server): unknown {
  const refused = error instanceof AppError && error.code === "degraded" && error.cause instanceof Error;
  if (!refused || !owner) return error;
  return new AppError("database_busy", `${owner.message} It does not answer at ${url}. No backup was taken.`, {
    hint: "Set PUBLIC_URL, or HOST and PORT, as that server has them, or name its address with --url.",
    cause: error,
  });
}
