/** The members of one test's clusters, ours and theirs; all are ended with the test. */
import { type HearsayNode, startNode } from "../../src/index.ts";
import type { NodeOptions } from "../../src/node/api.ts";
import { BareSwim } from "./bare-swim.ts";
import { HearsayAgent, type HearsaySetup } from "./hearsay-agent.ts";
import { MemberlistAgent, type MemberlistSetup } from "./memberlist-agent.ts";
import { SerfAgent, type SerfSetup } from "./serf-agent.ts";

interface Stoppable {
  stop(): Promise<unknown>;
}

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

  memberlist(setup: MemberlistSetup): Promise<MemberlistAgent> {
    return this.untilEnd(MemberlistAgent.start(setup));
  }

  serf(setup: SerfSetup): Promise<SerfAgent> {
    return this.untilEnd(SerfAgent.start(setup));
  }

  hearsay(options: NodeOptions): Promise<HearsayNode> {
    return this.untilEnd(startNode({ bind: "127.0.0.1:0", ...options }));
  }

  /** As a process of its own; `hearsay` runs in this one. */
  hearsayAgent(setup: HearsaySetup): Promise<HearsayAgent> {
    return this.untilEnd(HearsayAgent.start(setup));
  }

  bareSwim(name: string, meta: Uint8Array): Promise<BareSwim> {
    return this.untilEnd(BareSwim.start(name, meta));
  }

  /** From its start on: a test may fail while some of its members still start. */
  private untilEnd<Member extends Stoppable>(starting: Promise<Member>): Promise<Member> {
    this.atEnd(async () => {
      const member = await starting.catch(() => undefined);
      await member?.stop();
    });
    return starting;
  }
}

export function statuses(node: HearsayNode): Record<string, string> {
  return Object.fromEntries([...node.members].map(({ name, status }) => [name, status]));
}
