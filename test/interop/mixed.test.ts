/**
 * Twenty processes in one cluster, ten of ours and ten of theirs: three are killed at once, and
 * those that are left agree on who that is. How soon is printed: some 10 s on two cores.
 */
import { describe, it } from "vitest";
import { requireInCi } from "./requirements.ts";
import { Scene } from "./scene.ts";

const EACH_COUNT = 10;
const AGREE_MAX_MS = 60_000;

interface Member {
  readonly name: string;
  readonly address: string;
  waitForNames(names: readonly string[], timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

const missing = { serf: requireInCi("serf"), memberlist: requireInCi("go") } as const;

for (const wire of ["memberlist", "serf"] as const) {
  describe.skipIf(missing[wire] !== undefined)(`${wire} (${missing[wire] ?? "is there"})`, () => {
    it("20 processes agree after three were killed at once", async ({ onTestFinished }) => {
      const scene = new Scene(onTestFinished);
      const members = await mixedCluster(scene, wire);
      const names = members.map(({ name }) => name);
      await Promise.all(members.map((member) => member.waitForNames(names, 45_000)));

      const victims = ["ours-3", "ours-7", "theirs-5"];
      const begun = performance.now();
      await Promise.all(
        members.filter(({ name }) => victims.includes(name)).map((member) => member.stop()),
      );
      const left = members.filter(({ name }) => !victims.includes(name));
      const leftNames = left.map(({ name }) => name);
      await Promise.all(left.map((member) => member.waitForNames(leftNames, AGREE_MAX_MS)));
      const tookMs = performance.now() - begun;
      console.log(`${wire}: 17 of 20 agreed after ${Math.round(tookMs)} ms`);
    }, 240_000);
  });
}

/** Each joins another one of the other kind, so that joins cross both ways. */
async function mixedCluster(scene: Scene, wire: "memberlist" | "serf"): Promise<Member[]> {
  const first = await theirs(scene, { wire, name: "theirs-0" });
  const members: Member[] = [first];
  const seed = await scene.hearsayAgent({ name: "ours-0", wire, join: [first.address] });
  members.push(seed);
  const rest = Array.from({ length: EACH_COUNT - 1 }, (_, at) => at + 1);
  const others = rest.flatMap((at) => [
    scene.hearsayAgent({ name: `ours-${at}`, wire, join: [first.address] }),
    theirs(scene, { wire, name: `theirs-${at}`, join: seed.address }),
  ]);
  return [...members, ...(await Promise.all(others))];
}

async function theirs(
  scene: Scene,
  { join, name, wire }: { wire: "memberlist" | "serf"; name: string; join?: string },
): Promise<Member> {
  if (wire === "memberlist") {
    const agent = await scene.memberlist({ name });
    if (join !== undefined) await agent.join(join);
    return agent;
  }
  const agent = await scene.serf({ name });
  if (join !== undefined) await agent.command("join", join);
  return agent;
}
