import { describe, expect, it } from "vitest";
import { findBrowser, getBrowser, type Machine } from "./find-browser.mjs";

/** A machine on which the programs in `there` exist, and on which a command may bring more. */
function machine(there: string[], given: Partial<Machine> = {}, brings: Record<string, string> = {}) {
  const programs = new Set(there);
  const ran: string[] = [];
  const made: Machine = {
    env: { PATH: "/usr/local/bin:/usr/bin" },
    platform: "linux",
    isRoot: false,
    isDebian: true,
    isExecutable: (path) => programs.has(path),
    playwrightPath: async () => "/cache/playwright/chrome",
    attempt: async (command, args) => {
      ran.push([command, ...args].join(" "));
      const brought = brings[args.includes("update") ? "update" : command];
      if (brought) programs.add(brought);
      return brought !== undefined;
    },
    say: () => {},
    ...given,
  };
  return { made, ran };
}

describe("the browser for the tests", () => {
  it("is CHROMIUM_PATH before all", async () => {
    const { made } = machine(["/opt/c", "/usr/bin/chromium"], { env: { PATH: "/usr/bin", CHROMIUM_PATH: "/opt/c" } });
    expect(await getBrowser(made)).toBe("/opt/c");
  });

  it("is never another one when CHROMIUM_PATH is wrong", async () => {
    const { made } = machine(["/usr/bin/chromium"], { env: { PATH: "/usr/bin", CHROMIUM_PATH: "/opt/c" } });
    await expect(getBrowser(made)).rejects.toThrow("CHROMIUM_PATH is /opt/c");
  });

  it("is the system's, chromium before chrome, before Playwright's", async () => {
    const { made } = machine(["/usr/local/bin/google-chrome", "/usr/bin/chromium", "/cache/playwright/chrome"]);
    expect(await findBrowser(made)).toBe("/usr/bin/chromium");
  });

  it("is an application on a Mac", async () => {
    const path = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    expect(await findBrowser(machine([path], { platform: "darwin" }).made)).toBe(path);
  });

  it("is downloaded by Playwright when there is none", async () => {
    const { made, ran } = machine([], {}, { npx: "/cache/playwright/chrome" });
    expect(await getBrowser(made)).toBe("/cache/playwright/chrome");
    expect(ran).toEqual(["npx playwright install chromium"]);
  });

  it("is installed from Debian as root when Playwright's cannot be had", async () => {
    const { made, ran } = machine([], { isRoot: true }, { "apt-get": "/usr/bin/chromium" });
    expect(await getBrowser(made)).toBe("/usr/bin/chromium");
    expect(ran.map((line) => line.split(" ")[1])).toEqual(["playwright", "update", "install"]);
  });

  it("fails with the one command to run, and touches no package as another user", async () => {
    const { made, ran } = machine([]);
    await expect(getBrowser(made)).rejects.toThrow("Run:  sudo apt-get install -y chromium");
    expect(ran).toHaveLength(1);
    await expect(getBrowser(machine([], { isDebian: false }).made)).rejects.toThrow(
      "Run:  npx playwright install chromium",
    );
  });
});
