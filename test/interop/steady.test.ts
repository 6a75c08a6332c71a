/** A minute in which nothing happens: nobody on either side may suspect anybody. */
import { describe, it } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { requireInCi } from "./requirements.ts";
import { Scene, statuses } from "./scene.ts";
import { sleep, waitUntil } from "./waiting.ts";

const STEADY_MS = 60_000;
const missing = { serf: requireInCi("serf"), memberlist: requireInCi("go") } as const;
const all = ["ours-1", "ours-2", "theirs-1", "theirs-2"];
const allAlive = Object.fromEntries(all.map((name) => [name, "alive"]));

describe.concurrent("a minute without a suspicion", () => {
  it.skipIf(missing.memberlist !== undefined)(
    `with memberlist (${missing.memberlist ?? "Go is there"})`,
    async ({ expect, onTestFinished }) => {
      const scene = new Scene(onTestFinished);
      const theirs = [
        await scene.memberlist({ name: "theirs-1" }),
        await scene.memberlist({ name: "theirs-2" }),
      ];
      const ours = await oursWith(scene, theirs[0]?.address ?? "", "memberlist");
      await theirs[1]?.join(ours[0]?.address ?? "");
      for (const agent of theirs) await agent.waitForNames(all, 40_000);
      await watchOurs(expect, ours, async () => {
        await sleep(STEADY_MS);
        for (const agent of theirs) {
          expect(await agent.names()).toEqual(all);
          const {
            suspicions = 0,
            refutations = 0,
            failures = 0,
            errors = 0,
          } = await agent.counts();
          expect({ suspicions, refutations, failures, errors }, await agent.log()).toEqual({
            suspicions: 0,
            refutations: 0,
            failures: 0,
            errors: 0,
          });
        }
      });
    },
    120_000,
  );

  it.skipIf(missing.serf !== undefined)(
    `with Serf (${missing.serf ?? "installed"})`,
    async ({ expect, onTestFinished }) => {
      const scene = new Scene(onTestFinished);
      const theirs = [
        await scene.serf({ name: "theirs-1" }),
        await scene.serf({ name: "theirs-2" }),
      ];
      const ours = await oursWith(scene, theirs[0]?.address ?? "", "serf");
      await theirs[1]?.command("join", ours[0]?.address ?? "");
      for (const agent of theirs) await agent.waitForNames(all, 40_000);
      await watchOurs(expect, ours, async () => {
        await sleep(STEADY_MS);
        for (const agent of theirs) {
          expect(agent.log).not.toMatch(/suspect|refut|conflict|\[ERR\]|failed ping|marking/i);
          expect(await agent.names()).toEqual(all);
        }
      });
      expect(ours[0]?.members.get("theirs-1")?.rttMs).toBeLessThan(500);
    },
    120_000,
  );
});

async function oursWith(
  scene: Scene,
  seed: string,
  wire: "serf" | "memberlist",
): Promise<readonly HearsayNode[]> {
  return [
    await scene.hearsay({ name: "ours-1", wire, join: [seed], joinMin: 1 }),
    await scene.hearsay({ name: "ours-2", wire, join: [seed], joinMin: 1 }),
  ];
}

/** Our nodes see all, and until `rest` has ended none of them has a thing to tell or to suspect. */
async function watchOurs(
  expect: (value: unknown) => { toEqual(wanted: unknown): void },
  ours: readonly HearsayNode[],
  rest: () => Promise<void>,
): Promise<void> {
  for (const node of ours) {
    await waitUntil("all members", 40_000, () => node.members.size === all.length);
  }
  const events: string[] = [];
  for (const node of ours) {
    node.members.on(({ kind, member }) => {
      // That a process is busy is told, and is no trouble.
      if (kind !== "degrade" && kind !== "recover") events.push(`${member.name} ${kind}`);
    });
  }
  await rest();
  expect(events).toEqual([]);
  for (const node of ours) {
    expect(statuses(node)).toEqual(allAlive);
    const { "swim.suspicions.begun": begun = 0, "swim.refutations": refuted = 0 } = node.metrics();
    expect({ begun, refuted }).toEqual({ begun: 0, refuted: 0 });
  }
}
