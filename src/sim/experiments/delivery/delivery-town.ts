import { at } from "../../../core/collections/at.ts";
import { Random } from "../../../core/random.ts";
import { sliceOptions } from "../../../node/slice-options.ts";
import { packetBytes } from "../../scenario/packet-bytes.wire.ts";
import { Simulator } from "../../simulator.ts";
import type { DeliveryResult, DeliverySetting } from "./delivery.contract.ts";
import { DeliveryLedger, LATE_MS } from "./delivery-ledger.ts";
import { TalkingNode } from "./talking-node.ts";

const TAG = "news";
const FORM_MAX_MS = 120_000;
/** Longer than a link stays open that nobody uses. */
const SILENCE_MS = 90_000;
/** Between a disturbance and the message. */
const JUST_BEFORE_MS = 250;
const STALL_MS = 2_000;
const BURST_COUNT = 200;
const STEADY_PAUSE_MS = 50;
const STEADY_COUNT = 300;

/** Whole nodes that publish on one topic, and what of it came to whom. */
export class DeliveryTown {
  readonly simulator: Simulator;
  private readonly setting: DeliverySetting;
  private readonly random: Random;
  private readonly ledger: DeliveryLedger;
  private nodes: TalkingNode[] = [];
  private bornCount = 0;

  constructor(setting: DeliverySetting) {
    const { lossRatio, seed } = setting;
    this.setting = setting;
    this.random = Random.derive(seed, "talk");
    this.simulator = new Simulator({ seed, sizeOf: packetBytes });
    this.ledger = new DeliveryLedger(() => this.simulator.nowMs);
    while (this.bornCount < setting.nodesCount) this.add();
    const isFormed = () =>
      this.nodes.every(({ stack }) => stack.hearsayPeers.size === setting.nodesCount - 1);
    if (!this.simulator.runUntil(isFormed, FORM_MAX_MS)) throw new Error("they do not all meet");
    this.simulator.network.lossRatio = lossRatio;
  }

  /** Of all nodes that live, by name. */
  counts(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const { counters } of this.nodes) {
      for (const [name, count] of Object.entries(counters.snapshot())) {
        sums[name] = (sums[name] ?? 0) + count;
      }
    }
    return sums;
  }

  run(): DeliveryResult {
    const { load, silenceMs = SILENCE_MS, turnsCount } = this.setting;
    for (let turn = 0; turn < turnsCount; turn += 1) {
      this.simulator.runForMs(load === "steady" ? STEADY_PAUSE_MS : silenceMs);
      const disturbed = this.disturb();
      this.talk(disturbed);
      this.recover(disturbed);
    }
    this.simulator.runForMs(LATE_MS);
    return this.ledger.result();
  }

  private talk(disturbed: TalkingNode | undefined): void {
    const { load } = this.setting;
    const able = this.nodes.filter((node) => node !== disturbed);
    if (load === "seldom") return this.publish(this.random.pick(able), disturbed);
    if (load === "burst") {
      const publisher = this.random.pick(able);
      for (let count = 0; count < BURST_COUNT; count += 1) this.publish(publisher, disturbed);
      return;
    }
    const startMs = this.simulator.nowMs;
    for (let count = 0; count < STEADY_COUNT; count += 1) {
      const isOver = this.simulator.nowMs - startMs > STALL_MS;
      if (isOver && disturbed?.host.isPaused === true) this.simulator.resume(disturbed.host);
      this.publish(this.random.pick(able), isOver ? undefined : disturbed);
      this.simulator.runForMs(this.random.exponential(STEADY_PAUSE_MS));
    }
  }

  private publish(publisher: TalkingNode | undefined, disturbed: TalkingNode | undefined): void {
    if (publisher === undefined) return;
    const id = this.ledger.open(publisher, this.nodes, disturbed);
    // What is not published for want of room would throw later.
    void this.topicOf(publisher).publish(id);
  }

  /** @returns who joined, or stands still. */
  private disturb(): TalkingNode | undefined {
    const { disturbance } = this.setting;
    if (disturbance === "join") return this.joined();
    if (disturbance === "none" || this.nodes.length < 3) return undefined;
    const chosen = this.random.pick(this.nodes);
    if (chosen === undefined) return undefined;
    if (disturbance === "kill") this.kill(chosen);
    else this.simulator.pause(chosen.host);
    this.simulator.runForMs(JUST_BEFORE_MS);
    return disturbance === "stall" ? chosen : undefined;
  }

  /** As many as before, and all of them well. */
  private recover(disturbed: TalkingNode | undefined): void {
    const { disturbance, nodesCount } = this.setting;
    if (disturbed?.host.isPaused === true) {
      this.simulator.runForMs(STALL_MS - JUST_BEFORE_MS);
      this.simulator.resume(disturbed.host);
    }
    if (disturbance !== "join" && disturbance !== "kill") return;
    this.simulator.runForMs(SILENCE_MS);
    while (this.nodes.length < nodesCount) this.add();
    while (this.nodes.length > nodesCount) this.kill(at(this.nodes, 1));
    this.simulator.runForMs(SILENCE_MS);
  }

  /** @returns a new node as soon as one member knows it. */
  private joined(): TalkingNode {
    const node = this.add();
    const isIn = () => node.stack.hearsayPeers.size > 0;
    this.simulator.runUntil(isIn, FORM_MAX_MS);
    return node;
  }

  private add(): TalkingNode {
    const { overlay = "rings" } = this.setting.way;
    const options = sliceOptions({ overlay });
    let made: TalkingNode | undefined;
    const build = (host: ConstructorParameters<typeof TalkingNode>[0]) => {
      made = new TalkingNode(host, options);
    };
    this.simulator.add(build, { name: `n${this.bornCount}` });
    if (made === undefined) throw new Error("no node was made");
    const node = made;
    this.bornCount += 1;
    this.topicOf(node).subscribe(({ from, value }) => this.ledger.onTold(node, from, value));
    const contact = this.nodes[0];
    if (contact !== undefined) node.stack.join(contact.host.address, () => {});
    this.nodes = [...this.nodes, node];
    return node;
  }

  private kill(victim: TalkingNode): void {
    this.simulator.crash(victim.host, "machine");
    this.nodes = this.nodes.filter((node) => node !== victim);
    this.ledger.forget(victim);
  }

  private topicOf(node: TalkingNode) {
    const { history, order = "none", via } = this.setting.way;
    return node.topic(TAG, { via, order, ...(history === "kept" && { history: {} }) });
  }
}
