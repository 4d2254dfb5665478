import { pathToFileURL } from "node:url";
import { systemClock } from "../../server/clock";
import { openControl } from "../../server/control/open-control";
import type { Caller, Role } from "../../server/control/types";
import { createLog } from "../../server/log";
import { projectFolder } from "../harness/environment";
import type { TestServer } from "../harness/server";

export interface Account {
  email: string;
  password: string;
}

const BY_TEST: Caller = { actor: { kind: "system", id: "system", name: "test" }, address: null };
const PASSWORD = "another horse battery";

/** There is no page for people yet: the control room is asked beside the running server, as the command line does. */
export async function addPerson(server: TestServer, email: string, role: Role): Promise<Account & { id: string }> {
  const { id } = await withPeople(server, (people) =>
    people.users.create(BY_TEST, { email, role, password: PASSWORD }),
  );
  return { id, email, password: PASSWORD };
}

export async function disablePerson(server: TestServer, id: string): Promise<void> {
  await withPeople(server, (people) => people.users.setDisabled(BY_TEST, { id, disabled: true }));
}

async function withPeople<Result>(
  { dataDir }: TestServer,
  work: (people: Awaited<ReturnType<typeof openControl>>["people"]) => Promise<Result>,
): Promise<Result> {
  const control = await openControl({
    url: pathToFileURL(`${dataDir}/control.db`).href,
    migrationsFolder: `${projectFolder}/server/control/migrations`,
    clock: systemClock,
    log: createLog("silent"),
  });
  try {
    return await work(control.people);
  } finally {
    await control.close();
  }
}
