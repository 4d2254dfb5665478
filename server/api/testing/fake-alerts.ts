import type { AlertChannelInput, AlertChannelView, AlertVerbs } from "../../nestegg-operate";
import type { FakeDoor } from "./fake-restores";

export const FAKE_CHANNEL = {
  name: "Slack #ops",
  enabled: true,
  events: ["backup-failed"],
  settings: { kind: "slack", url: "https://hooks.example.com/services/T0/x7Kq" },
} satisfies AlertChannelInput;

export function fakeAlerts(door: FakeDoor): AlertVerbs {
  const view = ({ name, enabled, events, settings }: AlertChannelInput): AlertChannelView => ({
    id: "chn_1",
    name,
    enabled,
    events,
    kind: settings.kind,
    target: "https://hooks.example.com/…/x7Kq",
    publicSettings: {},
    createdAt: "2024-12-30T15:30:00Z",
    lastDelivery: null,
    deadSince: null,
  });
  let kept: AlertChannelInput = FAKE_CHANNEL;
  return {
    async channels() {
      door().reach("alerts.channels");
      return [view(kept)];
    },
    async add(_caller, input) {
      door().reach("alerts.add");
      return view(input);
    },
    async change(_caller, input) {
      door().reach("alerts.change");
      kept = input;
      return view(input);
    },
    async remove() {
      door().reach("alerts.remove");
    },
    async test() {
      door().reach("alerts.test");
      return { request: "POST https://hooks.example.com/…/x7Kq", answer: "Slack answered 200 in 310 ms", ok: true };
    },
    async deliveries() {
      door().reach("alerts.deliveries");
      return [];
    },
    async tell() {
      door().reach("alerts.tell");
    },
  };
}
