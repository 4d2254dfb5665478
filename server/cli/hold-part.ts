import { mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../errors";

/** Two that write one part file would each check bytes that the other replaces: the second is refused. */
export async function holdPart(path: string): Promise<{ path: string; release(): Promise<void> }> {
  await mkdir(dirname(path), { recursive: true });
  const mark = `${path}.pid`;
  for (;;) {
    try {
      const file = await open(mark, "wx", 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      return { path, release: () => rm(mark, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number((await readFile(mark, "utf8").catch(() => "")).trim());
    if (holder > 0 && isAlive(holder)) {
      throw new AppError("database_busy", `${path} is being written by process ${holder}; nothing was fetched.`, {
        hint: `Wait for it, or name another file. If that process is another program, remove ${mark}.`,
      });
    }
    // Left by one that was killed.
    await rm(mark, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
