import type { DoctorReport, DoctorVerbs, DrillVerbs, DrillView } from "../../nestegg-operate";
import type { FakeDoor } from "./fake-restores";

export const FAKE_REPORT: DoctorReport = {
  at: "2024-12-30T15:30:00.000Z",
  durationMs: 1200,
  rows: [
    { code: "write", group: "storage", state: "ok", title: "Write", text: "55 bytes written", hint: null },
    {
      code: "owner",
      group: "path",
      state: "fault",
      title: "Whose path this is",
      text: "another's",
      hint: "Take over.",
    },
  ],
};

export function fakeDoctor(door: FakeDoor): DoctorVerbs {
  return {
    async run() {
      door().reach("doctor.run");
      return FAKE_REPORT;
    },
    async last() {
      door().reach("doctor.last");
      return FAKE_REPORT;
    },
  };
}

export function fakeDrills(door: FakeDoor): DrillVerbs {
  let view: DrillView = {
    settings: { enabled: true, everyDays: 7 },
    source: "default",
    nextAt: "2025-01-06T15:30:00.000Z",
    results: [],
  };
  return {
    async get() {
      door().reach("drills.get");
      return view;
    },
    async save(_caller, settings) {
      door().reach("drills.save");
      view = { ...view, settings, source: "dashboard" };
      return view;
    },
    async run(caller) {
      door().reach("drills.run");
      return { operationId: door().run(caller, { kind: "drill" }) };
    },
  };
}
