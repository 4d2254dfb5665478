import type { OperateVerbs } from "../../nestegg-operate";
import { fakeAlerts } from "./fake-alerts";
import { fakeCost, fakeMetrics } from "./fake-cost";
import { fakeDoctor, fakeDrills } from "./fake-doctor";
import type { FakeDoor } from "./fake-restores";
import { fakeBucketRules, fakeRetention } from "./fake-retention";
import { fakeSchedule } from "./fake-schedule";

/** What happens by itself, in memory; `reach` notes each verb. */
export function fakeOperate(door: FakeDoor): OperateVerbs {
  return {
    alerts: fakeAlerts(door),
    cost: fakeCost(door),
    metrics: fakeMetrics(door),
    retention: fakeRetention(door),
    bucketRules: fakeBucketRules(door),
    doctor: fakeDoctor(door),
    drills: fakeDrills(door),
    schedule: fakeSchedule(door),
  };
}
