// @ts-check
// Loaded before the worker in its own process: writes what the process has used when it ends, which nobody else can know exactly.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";

/** @param {{ usageFolder: string, profileFolder: string | null }} folders */
export function watchOwnUsage({ usageFolder, profileFolder }) {
  const session = profileFolder === null ? null : startProfile();
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: (maxRSS * 1024) / 1e6 };
    writeFileSync(join(usageFolder, `${process.pid}.json`), JSON.stringify(usage));
    // Answers at once, as the session is of this thread.
    session?.post("Profiler.stop", (error, result) => {
      if (error) throw error;
      writeFileSync(join(String(profileFolder), `worker-${process.pid}.cpuprofile`), JSON.stringify(result.profile));
    });
  });
}

function startProfile() {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: 500 });
  session.post("Profiler.start");
  return session;
}
