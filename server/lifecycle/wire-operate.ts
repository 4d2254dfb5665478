import type { OperateVerbs } from "../nestegg-operate";
import type { Parts } from "./parts";

/** The verbs of what happens by itself, each bound to its part. */
export function wireOperate(_parts: Parts): OperateVerbs {
  return {};
}
