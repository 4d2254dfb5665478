import type {
  BucketRulesView,
  BucketRuleVerbs,
  RetentionPreview,
  RetentionVerbs,
  RetentionView,
} from "../../nestegg-operate";
import type { FakeDoor } from "./fake-restores";

const PREVIEW: RetentionPreview = {
  rows: [],
  keeps: 0,
  deletes: 0,
  deletesBytes: 0,
  needsConfirmation: false,
  blocked: null,
  acceptNewest: null,
  digest: "none",
};
const VIEW: RetentionView = {
  policy: { all: { keep: "days", days: 30 }, types: {}, timeZone: "UTC" },
  source: "default",
  preview: PREVIEW,
  lastRun: null,
  nextRunAt: null,
};
const RULES: BucketRulesView = {
  supported: true,
  readAt: null,
  rules: [],
  missing: [],
  warnings: [],
  problem: null,
  asJson: "{}",
};

/** A bucket without backups and rules. */
export function fakeRetention(door: FakeDoor): RetentionVerbs {
  const reach = (name: string) => door().reach(name);
  return {
    async get() {
      reach("retention.get");
      return VIEW;
    },
    async preview() {
      reach("retention.preview");
      return PREVIEW;
    },
    async save(_caller, { policy }) {
      reach("retention.save");
      return { ...VIEW, policy, source: "dashboard" };
    },
    async run(caller) {
      reach("retention.run");
      return { operationId: door().run(caller, { kind: "retention" }) };
    },
  };
}

export function fakeBucketRules(door: FakeDoor): BucketRuleVerbs {
  const reach = (name: string) => door().reach(name);
  return {
    async get() {
      reach("bucketRules.get");
      return RULES;
    },
    async write() {
      reach("bucketRules.write");
      return RULES;
    },
  };
}
