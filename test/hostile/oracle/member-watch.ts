/** Holds a node's member table against the model, message by message and while time passes. */
import type { SwimMember, SwimMembers } from "../../../src/peers/swim/swim.contract.ts";
import type { PushPullNode, SwimMessage } from "../../../src/peers/swim/swim.messages.ts";
import { HostileFailure } from "../failure.ts";
import { MemberModel, type ModelRecord, type ModelSelf } from "./member-model.ts";

/** What may become of a record without a word from anybody: probes, suspicions, reaping. */
const alone: Readonly<Record<ModelRecord["state"], readonly (ModelRecord["state"] | "gone")[]>> = {
  alive: ["alive", "suspect", "dead", "gone"],
  suspect: ["suspect", "dead", "gone"],
  dead: ["dead", "gone"],
  left: ["left", "gone"],
};

export class MemberWatch {
  private readonly members: SwimMembers;
  private readonly self: ModelSelf;
  private readonly model: MemberModel;

  constructor(members: SwimMembers, self: ModelSelf, membersMaxCount: number) {
    this.members = members;
    this.self = self;
    this.model = new MemberModel(self, membersMaxCount);
    this.adopt();
  }

  /** Takes over what the node knows now. */
  adopt(): void {
    this.model.records.clear();
    for (const member of this.members) this.model.records.set(member.name, recordOf(member));
  }

  /** The node has just taken in `message`, and no time has passed. */
  afterPacket(message: SwimMessage): void {
    this.model.packet(message);
    this.compare();
  }

  /** The node has just merged the state of a push/pull. */
  afterRequest(message: SwimMessage): void {
    if (message.kind === "pushPull") {
      this.model.state(message.nodes);
      if (message.join) this.allowBoot(message.nodes);
    }
    this.compare();
  }

  /** Time has passed, and nobody hostile has spoken. */
  afterTime(): void {
    for (const [name, before] of this.model.records) {
      const member = this.members.get(name);
      const now = member === undefined ? "gone" : member.status;
      // Whoever stays a suspect keeps the word of its successor.
      const successor = now === "suspect" ? undefined : this.model.takeSuccessor(name);
      const hasSucceeded = now === "alive" && member?.incarnation === successor?.incarnation;
      if (before.state === "suspect" && hasSucceeded) continue;
      if (!alone[before.state].includes(now)) {
        throw new HostileFailure("state", `${name} went from ${before.state} to ${now} by itself`);
      }
      if (member !== undefined && member.incarnation !== before.incarnation) {
        throw new HostileFailure("state", `${name} got another incarnation by itself`);
      }
    }
    this.adopt();
  }

  /**
   * A state that shows our name with a higher boot has us announce a higher one still: new meta
   * under the next incarnation, once. No part of memberlist; DESIGN sections 2 and 5.
   */
  private allowBoot(nodes: readonly PushPullNode[]): void {
    const { local } = this.members;
    const expected = this.model.records.get(local.name);
    const isNamed = nodes.some((node) => node.name === local.name && node.meta.length > 0);
    if (expected === undefined || !isNamed) return;
    const { meta } = recordOf(local);
    if (meta === expected.meta || local.incarnation !== expected.incarnation + 1) return;
    this.model.records.set(local.name, { ...expected, meta, incarnation: local.incarnation });
  }

  private compare(): void {
    const { records } = this.model;
    let count = 0;
    for (const member of this.members) {
      count += 1;
      const expected = records.get(member.name);
      const got = recordOf(member);
      if (expected !== undefined && isSame(expected, got)) continue;
      const detail = `${member.name} is ${text(got)}, by the spec ${text(expected)}`;
      throw new HostileFailure("state", detail);
    }
    if (count !== records.size || count !== this.members.size) {
      const missing = [...records.keys()].find((name) => this.members.get(name) === undefined);
      throw new HostileFailure(
        "state",
        `${count} members, ${records.size} by the spec: ${missing}`,
      );
    }
    const { local } = this.members;
    if (local.name !== this.self.name || local.status !== "alive") {
      throw new HostileFailure("state", `the node itself is ${local.status}`);
    }
  }
}

/** Metas and addresses of one member stay the same bytes, so their hex is made once. */
const hexes = new WeakMap<Uint8Array, string>();

function hexOf(bytes: Uint8Array): string {
  const known = hexes.get(bytes);
  if (known !== undefined) return known;
  const made = Buffer.from(bytes).toString("hex");
  hexes.set(bytes, made);
  return made;
}

const records = new WeakMap<SwimMember, ModelRecord>();

/** SWIM replaces a member's record when it changes, so one reading of each is enough. */
function recordOf(member: SwimMember): ModelRecord {
  const known = records.get(member);
  if (known !== undefined) return known;
  const { incarnation, port, status } = member;
  const made = {
    incarnation,
    addr: hexOf(member.addr),
    port,
    meta: hexOf(member.meta),
    vsn: hexOf(member.vsn),
    state: status,
  };
  records.set(member, made);
  return made;
}

function isSame(a: ModelRecord, b: ModelRecord): boolean {
  return (
    a.incarnation === b.incarnation &&
    a.state === b.state &&
    a.port === b.port &&
    a.addr === b.addr &&
    a.meta === b.meta &&
    a.vsn === b.vsn
  );
}

function text(record: ModelRecord | undefined): string {
  return record === undefined ? "unknown" : JSON.stringify(record);
}
