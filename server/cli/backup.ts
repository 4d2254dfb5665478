import { AppError } from "../errors";
import { backupByApi } from "./backup-by-api";
import { backupByHand } from "./backup-by-hand";
import type { Cli, Outcome } from "./cli";
import { tryDataFolder } from "./hold-data-folder";

export interface BackupWish {
  note: string;
  verify: boolean;
  /** Of a server on another machine; null: the one of these settings. */
  url: string | null;
  token: string | null;
}

/** On a running server through its API, because only the owner of the file may take a snapshot; else this process is the owner. */
export async function backup(cli: Cli, wish: BackupWish): Promise<Outcome> {
  if (wish.url !== null) return backupByApi(cli, { ...wish, url: wish.url, owner: null });
  const folder = await tryDataFolder(cli);
  if (folder instanceof AppError) return backupByApi(cli, { ...wish, url: cli.settings.publicUrl, owner: folder });
  try {
    return await backupByHand(cli, wish);
  } finally {
    await folder.release();
  }
}
