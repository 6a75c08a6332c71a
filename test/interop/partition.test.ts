/**
 * A cluster of ours and theirs is cut in two halves, each with members of both, for longer than
 * dead members are remembered. When the cut is mended, the halves must find each other by
 * themselves: memberlist never would, Serf's agents try for a day.
 */
import { describe, expect, it } from "vitest";
import { CutProxy, type Half } from "./cut-proxy.ts";
import { NamespaceHosts, namespacesMissing } from "./network-namespaces.ts";
import { requireInCi } from "./requirements.ts";
import { Scene } from "./scene.ts";
import { sleep } from "./waiting.ts";

const FORM_MAX_MS = 60_000;
const NOTICE_MAX_MS = 60_000;
const MERGE_MAX_MS = 90_000;
/** Above `gossipToTheDeadMs` of profile local, with the walk through the probe list. */
const FORGET_MS = 22_000;
const PORT = 7946;

const missing = { serf: requireInCi("serf"), memberlist: requireInCi("go") } as const;
const noNamespaces = namespacesMissing();
if (noNamespaces !== undefined) console.warn(`${noNamespaces}; a proxy on loopback stands in`);

interface Place {
  readonly bind: string;
  readonly advertise?: string;
  readonly launcher?: readonly string[];
}

/** Something that can be cut in two. */
interface Network {
  place(half: Half): Promise<Place>;
  cut(): void;
  mend(): void;
  remove(): void;
}

interface Member {
  readonly name: string;
  readonly address: string;
  readonly half: Half;
  waitForNames(names: readonly string[], timeoutMs: number): Promise<void>;
  /** Of ours: the last that happened to each. */
  readonly lastOf?: ReadonlyMap<string, string>;
}

describe.concurrent("a mixed cluster cut in two merges by itself", () => {
  it.skipIf(missing.serf !== undefined)(
    `with Serf agents, ${noNamespaces === undefined ? "in namespaces" : "by a proxy"}`,
    async ({ onTestFinished }) => {
      const network = noNamespaces === undefined ? namespaces() : new CutProxy();
      await cutAndMend(new Scene(onTestFinished), "serf", network);
    },
    300_000,
  );

  it.skipIf(missing.memberlist !== undefined)(
    "with memberlist, by a proxy",
    async ({ onTestFinished }) => {
      await cutAndMend(new Scene(onTestFinished), "memberlist", new CutProxy());
    },
    300_000,
  );
});

function namespaces(): Network {
  const hosts = new NamespaceHosts<Half>(["left", "right"]);
  let port = PORT;
  return {
    place: (half) => {
      port += 1;
      return Promise.resolve({
        bind: `${hosts.address(half)}:${port}`,
        launcher: hosts.launcher(half),
      });
    },
    cut: () => hosts.unplug("right"),
    mend: () => hosts.plug("right"),
    remove: () => hosts.remove(),
  };
}

async function cutAndMend(
  scene: Scene,
  wire: "serf" | "memberlist",
  network: Network,
): Promise<void> {
  scene.atEnd(() => network.remove());
  const members = await formCluster(scene, wire, network);
  const names = members.map(({ name }) => name);
  await allSee(members, () => names, FORM_MAX_MS);

  network.cut();
  const cutAt = performance.now();
  const half = (of: Member): readonly string[] =>
    members.filter((member) => member.half === of.half).map(({ name }) => name);
  await allSee(members, half, NOTICE_MAX_MS);
  const noticedMs = performance.now() - cutAt;
  await sleep(FORGET_MS);
  await allSee(members, half, 1_000);
  if (wire === "memberlist") expectForgotten(members);

  network.mend();
  const mendedAt = performance.now();
  await allSee(members, () => names, MERGE_MAX_MS);
  const mergedMs = performance.now() - mendedAt;
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  console.log(`${wire}: noticed in ${seconds(noticedMs)} s, merged in ${seconds(mergedMs)} s`);
}

/** Gossip to the dead cannot be what merges them: on a plain wire nobody remembers the dead. */
function expectForgotten(members: readonly Member[]): void {
  for (const { half, lastOf, name } of members) {
    if (lastOf === undefined) continue;
    for (const other of members) {
      if (other.half === half) continue;
      expect(`${other.name} ${lastOf.get(other.name)}`, name).toBe(`${other.name} reap`);
    }
  }
}

async function allSee(
  members: readonly Member[],
  whom: (member: Member) => readonly string[],
  timeoutMs: number,
): Promise<void> {
  await Promise.all(members.map((member) => member.waitForNames(whom(member), timeoutMs)));
}

/** Two of ours and two of theirs in each half; all join the first. */
async function formCluster(
  scene: Scene,
  wire: "serf" | "memberlist",
  network: Network,
): Promise<Member[]> {
  const members: Member[] = [];
  for (const half of ["left", "right"] as const) {
    for (const at of [1, 2]) {
      const place = { ...(await network.place(half)), profile: "local" } as const;
      const [seed] = members;
      const join = seed === undefined ? [] : [seed.address];
      const ours = await scene.hearsayAgent({ name: `ours-${half}-${at}`, wire, join, ...place });
      members.push(Object.assign(ours, { half }));
      const setup = { name: `theirs-${half}-${at}`, ...(await network.place(half)) };
      const theirs = await startTheirs(scene, wire, { ...setup, seed: members[0]?.address ?? "" });
      members.push(Object.assign(theirs, { half }));
    }
  }
  return members;
}

async function startTheirs(
  scene: Scene,
  wire: "serf" | "memberlist",
  { seed, ...place }: Place & { readonly name: string; readonly seed: string },
): Promise<Omit<Member, "half">> {
  const setup = { ...place, profile: "local" } as const;
  if (wire === "memberlist") {
    const agent = await scene.memberlist(setup);
    await agent.join(seed);
    return agent;
  }
  const agent = await scene.serf(setup);
  await agent.command("join", seed);
  return agent;
}
