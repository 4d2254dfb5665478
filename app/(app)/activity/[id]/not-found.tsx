import { UnknownRun } from "../_run/run";

export default function RunNotFound() {
  return <UnknownRun />;
}
