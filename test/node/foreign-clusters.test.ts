/** Two clusters that come upon each other stay two, and say so. Real codecs, labels and keys. */
import { afterEach, describe, expect, test } from "vitest";
import type { HearsayNode, NodeOptions } from "../../src/index.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { Cluster, until } from "./cluster.ts";

let cluster = new Cluster();
afterEach(() => cluster.stop());

const keyOne = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const keyTwo = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHgA=";
/** Looks for others within a second. */
const eager = {
  aloneIntervalMs: 100,
  intervalMs: 200,
  retryMinMs: 100,
  foreignRetryMs: 60_000,
} as const;

const metric = (node: HearsayNode, name: string): number => node.metrics()[name] ?? 0;

/** Starts `p2` of one cluster, kills it, and gives its address to a node of another. */
async function reuse(ours: NodeOptions, theirs: NodeOptions) {
  cluster = new Cluster(memoryNetwork());
  const first = await cluster.start({ name: "p1", reconnect: eager, ...ours });
  const join = [first.address];
  const second = await cluster.start({ name: "p2", join, joinMin: 1, reconnect: eager, ...ours });
  await until("p1 to know p2", () => first.members.get("p2")?.status === "alive");
  await second.stop();
  await until("p2 to fail", () => first.members.get("p2")?.status === "failed");
  const bind = second.address;
  const stranger = await cluster.start({ name: "s1", bind, reconnect: eager, ...theirs });
  return { first, stranger };
}

describe.each([
  ["another label", { label: "blue" }, { label: "green" }],
  ["no label", { label: "blue" }, {}],
  ["a label where we have none", {}, { label: "green" }],
  ["other keys", { keys: [keyOne] }, { keys: [keyTwo] }],
  ["no keys", { keys: [keyOne] }, {}],
  ["keys where we have none", {}, { keys: [keyOne] }],
] satisfies [string, NodeOptions, NodeOptions][])(
  "an address taken over by %s",
  (_, ours, theirs) => {
    test("is refused, counted and reported once by who dials; nobody is merged", async () => {
      const { first, stranger } = await reuse(ours, theirs);
      await until("the meeting", () => metric(first, "reconnect.foreign") === 1);
      const reports = () =>
        cluster.log.filter(({ message }) => message.includes("belongs to another cluster"));
      await until("the report", () => reports().length === 1);
      expect(reports()[0]?.message).toContain(stranger.address);
      // It goes on for a while without a second report, and without a merge.
      const dials = metric(first, "reconnect.dials");
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(metric(first, "reconnect.dials")).toBe(dials);
      expect(reports()).toHaveLength(1);
      expect(first.members.get("s1")).toBeUndefined();
      expect([...stranger.members].map(({ name }) => name)).toEqual(["s1"]);
      // The one who is dialled counts it too, packets and streams by name.
      const refused = Object.entries(stranger.metrics()).filter(([name]) =>
        /^host\.drop\.(packet|stream)\.(label|encryption|decrypt|malformed|unknownType)/.test(name),
      );
      expect(refused.length).toBeGreaterThan(0);
    });
  },
);

test("once the label is right again, the two sides meet", async () => {
  const { first, stranger } = await reuse({ label: "blue" }, { label: "green" });
  await until("the meeting", () => metric(first, "reconnect.foreign") === 1);
  const bind = stranger.address;
  await stranger.stop();
  const again = { name: "p2", bind, label: "blue", join: [first.address], reconnect: eager };
  const second = await cluster.start(again);
  await until("p2 to be back", () => first.members.get("p2")?.status === "alive");
  await until("p1 to be known", () => second.members.get("p1")?.status === "alive");
});
