import type { OperateVerbs } from "../../nestegg-operate";
import type { FakeDoor } from "./fake-restores";

/** What happens by itself, in memory; `reach` notes each verb. */
export function fakeOperate(_door: FakeDoor): OperateVerbs {
  return {};
}
