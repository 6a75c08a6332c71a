import { assert } from "../core/assert.ts";
import type { Orderer, OrderOutcome, OrderPosition, OrderRequest } from "../core/orderer.ts";
import { decodeUtf8, encodeUtf8 } from "../core/text.ts";
import { assertEqual, type MaybePromise, type TestApi } from "./test-api.ts";

/** A group of nodes with one order, in real or virtual time. */
export interface OrdererRig {
  /** That of each node in its present life; undefined while it is down. */
  orderer(node: number): Orderer | undefined;
  /** Calls into a node from outside, as one step of it. */
  step<R>(node: number, body: (orderer: Orderer) => R): R;
  /** Lets time pass until `holds`; answers false when that takes too long. */
  until(holds: () => boolean): MaybePromise<boolean>;
  /** The node ends without a word. */
  kill(node: number): MaybePromise<void>;
  /** It comes back with its disk. */
  restart(node: number): MaybePromise<void>;
  /** Gives back what the rig took. */
  stop(): MaybePromise<void>;
}

/** Starts a group of three nodes that can order. */
export type MakeOrderers = () => MaybePromise<OrdererRig>;

const NODES = [0, 1, 2] as const;
const BEGINNING = 0 as OrderPosition;

/** What every engine of order keeps, so that an ordered log may stand on any. */
export function ordererContract(api: TestApi, name: string, make: MakeOrderers): void {
  const test = (what: string, body: (group: Group) => Promise<void>): void => {
    api.test(what, async () => {
      const rig = await make();
      try {
        await body(new Group(rig));
      } finally {
        await rig.stop();
      }
    });
  };
  api.describe(`orderer contract: ${name}`, () => {
    orderTests(test);
    failureTests(test);
  });
}

type DefineTest = (what: string, body: (group: Group) => Promise<void>) => void;

function orderTests(test: DefineTest): void {
  test("all nodes hear the same commands in the same order, each once", async (group) => {
    const ears = NODES.map((node) => group.hear(node, BEGINNING));
    for (let count = 0; count < 60; count += 1) group.propose(count % 3, `command ${count}`);
    await group.until(() => ears.every(({ commands }) => commands.length === 60), "all are heard");
    const [first, ...others] = ears.map(({ commands }) => commands);
    for (const other of others) assertEqual(other, first, "what another node heard");
    const positions = ears[0]?.positions ?? [];
    const ascend = positions.every((at, index) => index === 0 || at > (positions[index - 1] ?? 0));
    assert(ascend, "positions do not ascend");
  });

  test("a proposal ends once, after it was told here, and not during the call", async (group) => {
    const ear = group.hear(1, BEGINNING);
    const asked = group.propose(1, "mine", (outcome) => {
      const isTold = outcome.kind === "ordered" && ear.positions.includes(outcome.position);
      assert(isTold, `ended as ${outcome.kind} before it was told`);
    });
    assertEqual(group.endedCount, 0, "ends during the call");
    await group.ended(asked);
    await group.settle();
    assertEqual(group.endedCount, 1, "how often it has ended");
  });

  test("whoever subscribes behind a position hears what comes after it", async (group) => {
    const first = await group.order(0, "first");
    const second = await group.order(1, "second");
    const ear = group.hear(2, first);
    await group.order(2, "third");
    await group.until(() => ear.commands.length === 2, "both are heard");
    assertEqual(ear.commands, ["second", "third"], "what was heard");
    assertEqual(ear.positions[0], second, "where the second stands");
  });

  test("a read sees what was ordered before it at another node", async (group) => {
    for (const node of NODES) {
      const ear = group.hear(node, BEGINNING);
      const other = (node + 1) % 3;
      const position = await group.order(other, `before the read at ${node}`);
      const seen: boolean[] = [];
      const asked = group.ask(
        node,
        (orderer) => orderer.read(),
        () => seen.push(ear.positions.includes(position)),
      );
      const outcome = await group.ended(asked);
      assertEqual(outcome.kind, "readable", "the outcome of a read");
      assertEqual(seen, [true], "whether it was told by then");
    }
  });

  test("what was compacted is told as a whole, and the rest one by one", async (group) => {
    const kept = await group.order(0, "kept in the state");
    const ear = group.hear(0, BEGINNING);
    await group.until(() => ear.commands.length === 1, "it is heard");
    for (const node of NODES) {
      const here = group.hear(node, BEGINNING);
      await group.until(() => here.commands.length === 1, "it is heard everywhere");
      group.compact(node, kept, "the state");
    }
    await group.order(1, "after it");
    const late = group.hear(0, BEGINNING);
    await group.until(() => late.commands.includes("after it"), "the rest is heard");
    const wasWhole = late.states.length === 0 || late.states[0] === "the state";
    assert(wasWhole, `the state was told as ${late.states[0]}`);
    const all = late.states.length === 0 ? ["kept in the state", "after it"] : ["after it"];
    assertEqual(late.commands, all, "what was told one by one");
  });
}

function failureTests(test: DefineTest): void {
  test("a node that comes back hears everything, and goes on", async (group) => {
    await group.order(0, "before");
    await group.rig.kill(2);
    await group.order(0, "meanwhile");
    await group.rig.restart(2);
    const ear = group.hear(2, BEGINNING);
    await group.order(2, "after");
    await group.until(() => ear.commands.length >= 3, "all three are heard");
    assertEqual(ear.commands, ["before", "meanwhile", "after"], "what was heard");
  });

  test("what was ordered stays ordered when the leader dies", async (group) => {
    await group.order(0, "before");
    const leader = await group.leader();
    const { term } = group.orderer(leader).status;
    await group.rig.kill(leader);
    const living = NODES.filter((node) => node !== leader);
    const [one = 0, other = 0] = living;
    await group.order(one, "after");
    // An engine may order without a leader: it has one later.
    const isLed = () => group.orderer(one).status.term > term;
    await group.until(isLed, "another leader has a larger term");
    await group.rig.restart(leader);
    const ears = [leader, other].map((node) => group.hear(node, BEGINNING));
    await group.until(() => ears.every(({ commands }) => commands.length >= 2), "both are heard");
    // A proposal whose answer was lost may stand there twice; its place is the first.
    for (const { commands } of ears) {
      assertEqual([...new Set(commands)], ["before", "after"], "what was heard");
    }
  });

  test("a request while there is no majority ends without one", async (group) => {
    await group.order(0, "before");
    await group.rig.kill(1);
    await group.rig.kill(2);
    const outcome = await group.ended(group.propose(0, "alone"));
    assert(outcome.kind !== "ordered", "it was ordered by a minority");
    await group.rig.restart(1);
    await group.rig.restart(2);
    const ear = group.hear(1, BEGINNING);
    await group.order(1, "together");
    await group.until(() => ear.commands.includes("together"), "the group goes on");
    const isThere = ear.commands.includes("alone");
    assert(!isThere || outcome.kind === "uncertain", "what was refused is ordered");
  });
}

/** What one subscriber was told. */
interface Ear {
  readonly commands: string[];
  readonly positions: number[];
  readonly states: (string | undefined)[];
}

interface Asked {
  outcome: OrderOutcome | undefined;
}

/** Asks, listens and waits. */
class Group {
  readonly rig: OrdererRig;
  endedCount = 0;
  private readonly listened = new Set<Orderer>();
  private readonly open = new Map<Orderer, Map<OrderRequest, (outcome: OrderOutcome) => void>>();

  constructor(rig: OrdererRig) {
    this.rig = rig;
  }

  orderer(node: number): Orderer {
    const found = this.rig.orderer(node);
    assert(found !== undefined, `node ${node} is down`);
    return found;
  }

  hear(node: number, after: OrderPosition): Ear {
    const ear: Ear = { commands: [], positions: [], states: [] };
    this.rig.step(node, (orderer) => {
      orderer.subscribe(
        {
          onOrdered: (all) => {
            for (const { command, position } of all) {
              ear.commands.push(decodeUtf8(command));
              ear.positions.push(position);
            }
          },
          onSnapshot: (_, state) => ear.states.push(state && decodeUtf8(state)),
        },
        after,
      );
    });
    return ear;
  }

  propose(node: number, text: string, onEnd: (outcome: OrderOutcome) => void = () => {}): Asked {
    return this.ask(node, (orderer) => orderer.propose(encodeUtf8(text)), onEnd);
  }

  ask(
    node: number,
    make: (orderer: Orderer) => OrderRequest,
    onEnd: (outcome: OrderOutcome) => void = () => {},
  ): Asked {
    const asked: Asked = { outcome: undefined };
    const orderer = this.orderer(node);
    this.listenTo(orderer);
    this.rig.step(node, () => {
      const request = make(orderer);
      this.open.get(orderer)?.set(request, (outcome) => {
        onEnd(outcome);
        asked.outcome = outcome;
      });
    });
    return asked;
  }

  /** Proposes until it is ordered: there may be no leader for a while. */
  async order(node: number, text: string): Promise<OrderPosition> {
    for (;;) {
      const outcome = await this.ended(this.propose(node, text));
      if (outcome.kind === "ordered") return outcome.position;
      await this.settle();
    }
  }

  compact(node: number, position: OrderPosition, state: string): void {
    this.rig.step(node, (orderer) => orderer.compact(position, encodeUtf8(state)));
  }

  async leader(): Promise<number> {
    const find = () => NODES.find((node) => this.rig.orderer(node)?.status.isLeader === true);
    await this.until(() => find() !== undefined, "there is a leader");
    return find() ?? 0;
  }

  async ended(asked: Asked): Promise<OrderOutcome> {
    await this.until(() => asked.outcome !== undefined, "the request ends");
    assert(asked.outcome !== undefined, "it has ended");
    return asked.outcome;
  }

  /** A little time passes. */
  async settle(): Promise<void> {
    let count = 0;
    await this.rig.until(() => {
      count += 1;
      return count > 20;
    });
  }

  async until(holds: () => boolean, what: string): Promise<void> {
    assert(await this.rig.until(holds), `${what}: not in time`);
  }

  private listenTo(orderer: Orderer): void {
    if (this.listened.has(orderer)) return;
    this.listened.add(orderer);
    this.open.set(orderer, new Map());
    orderer.listen({
      onOutcome: (request, outcome) => {
        const end = this.open.get(orderer)?.get(request);
        if (end === undefined) return;
        this.endedCount += 1;
        end(outcome);
      },
      onStatus: () => {},
    });
  }
}
