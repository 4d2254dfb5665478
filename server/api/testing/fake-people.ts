import type { PeopleAdmin } from "../../nestegg-operate";
import type { FakeDoor } from "./fake-restores";
import { fakeUser } from "./fake-views";

/** People in memory; `reach` notes each verb. */
export function fakePeopleAdmin(door: FakeDoor): PeopleAdmin {
  const reach = (name: string) => door().reach(`people.${name}`);
  const moment = "2024-12-30T15:30:00Z";
  return {
    async list() {
      reach("list");
      return { people: [], invitations: [] };
    },
    async invite(caller, { email, role }) {
      reach("invite");
      const invitation = {
        id: "inv_1",
        email,
        role,
        createdAt: moment,
        createdBy: caller.actor.name,
        expiresAt: moment,
      };
      return { invitation, link: "https://backups.example.com/invite/a-code" };
    },
    async withdraw() {
      reach("withdraw");
    },
    async invitation() {
      reach("invitation");
      return null;
    },
    async accept() {
      reach("accept");
      return fakeUser("ann", "viewer");
    },
    async setRole(_caller, { id, role }) {
      reach("setRole");
      return fakeUser(id, role);
    },
    async setDisabled(_caller, { id, disabled }) {
      reach("setDisabled");
      return { ...fakeUser(id, "viewer"), disabled };
    },
    async changePassword() {
      reach("changePassword");
      return { sessionVersion: 2 };
    },
  };
}
