/** The members of one test's clusters, ours and theirs; all are ended with the test. */
import { type HearsayNode, startNode } from "../../src/index.ts";
import type { NodeOptions } from "../../src/node/api.ts";
import { BareSwim } from "./bare-swim.ts";
import { HearsayAgent, type HearsaySetup } from "./hearsay-agent.ts";
import { MemberlistAgent, type MemberlistSetup } from "./memberlist-agent.ts";
import { SerfAgent, type SerfSetup } from "./serf-agent.ts";

type OnFinished = (undo: () => Promise<void>) => unknown;

export class Scene {
  private readonly undos: (() => unknown)[] = [];

  /** Takes the test's own `onTestFinished`, so that tests may run side by side. */
  constructor(onFinished: OnFinished) {
    onFinished(async () => {
      for (const undo of this.undos.splice(0).reverse()) await undo();
    });
  }

  /** Called when the test has ended, however it did; the last one first. */
  atEnd(undo: () => unknown): void {
    this.undos.push(undo);
  }

  async memberlist(setup: MemberlistSetup): Promise<MemberlistAgent> {
    const agent = await MemberlistAgent.start(setup);
    this.atEnd(() => agent.stop());
    return agent;
  }

  async serf(setup: SerfSetup): Promise<SerfAgent> {
    const agent = await SerfAgent.start(setup);
    this.atEnd(() => agent.stop());
    return agent;
  }

  async hearsay(options: NodeOptions): Promise<HearsayNode> {
    const node = await startNode({ bind: "127.0.0.1:0", ...options });
    this.atEnd(() => node.stop());
    return node;
  }

  /** As a process of its own; `hearsay` runs in this one. */
  async hearsayAgent(setup: HearsaySetup): Promise<HearsayAgent> {
    const agent = await HearsayAgent.start(setup);
    this.atEnd(() => agent.stop());
    return agent;
  }

  async bareSwim(name: string, meta: Uint8Array): Promise<BareSwim> {
    const node = await BareSwim.start(name, meta);
    this.atEnd(() => node.stop());
    return node;
  }
}

export function statuses(node: HearsayNode): Record<string, string> {
  return Object.fromEntries([...node.members].map(({ name, status }) => [name, status]));
}
