import type { HearsayNode, OperationOrder, Operations } from "../../../src/index.ts";
import type { ColumnParts, ColumnRun, NodeColumn } from "./data-column.ts";

/** One line of a conversation: its number, and those that its author had read. */
interface Line {
  readonly number: number;
  readonly author: string;
  readonly read: readonly number[];
}

type Talk = readonly number[];

/** Operation logs: a list, and in causal order a set that is written down in order of numbers. */
export const operationColumn: NodeColumn = {
  name: "operations",
  ways: ["causal", "commutative", "total"],
  begin: (parts) => new OperationRun(parts),
};

class OperationRun implements ColumnRun {
  private readonly parts: ColumnParts;
  private readonly faults: string[] = [];
  private count = 0;
  /** What a client who goes from node to node has read: the state then, and its name. */
  private lastRead: { readonly after: string; readonly state: Talk } | undefined;

  constructor(parts: ColumnParts) {
    this.parts = parts;
  }

  open(node: HearsayNode): void {
    this.logOf(node);
  }

  /** Total order is one of those who know each other. */
  isReady(node: HearsayNode, nodesCount: number): boolean {
    if (this.parts.way !== "total") return true;
    const [set] = node.replicas.list("operations/swarm");
    const membersCount = set?.places.filter(({ standing }) => standing === "member").length;
    return membersCount === nodesCount && this.logOf(node).stats.phase === "joined";
  }

  isQuiet(node: HearsayNode): boolean {
    return this.logOf(node).stats.waitingCount === 0;
  }

  onCrash(_: string, disk: "kept" | "lost"): void {
    // What was read may be lost with it.
    if (disk === "lost") this.lastRead = undefined;
  }

  act(node: HearsayNode): void {
    const { ledger, random } = this.parts;
    const log = this.logOf(node);
    if (random.chance(0.2)) {
      void this.read(node).catch((error: unknown) => ledger.refuse(error));
      return;
    }
    this.count += 1;
    const number = this.count;
    // The last few are enough to tell whether what comes after them does.
    const line: Line = { number, author: node.name, read: log.state.slice(-4) };
    const id = random.chance(0.3) ? { id: `id ${number}` } : {};
    const options = { ...id, timeoutMs: 60_000 };
    ledger.track({ place: `${number}`, count: number, by: node.name }, log.append(line, options));
    // Who is not sure asks again; it is executed once.
    if ("id" in id && random.chance(0.5)) {
      void log.append(line, options).catch((error: unknown) => ledger.refuse(error));
    }
  }

  picture(node: HearsayNode): string {
    const { state } = this.logOf(node);
    const isOrdered = this.parts.way === "total";
    return (isOrdered ? state : [...state].sort((a, b) => a - b)).join(" ");
  }

  broken(node: HearsayNode): string[] {
    const { state } = this.logOf(node);
    const executed = new Set(state);
    const broken = this.faults.splice(0);
    if (executed.size !== state.length) broken.push(`${node.name} executed something twice`);
    for (const { count } of this.parts.ledger.writes) {
      if (!executed.has(count)) broken.push(`${node.name} lacks ${count}, which was acknowledged`);
    }
    return broken;
  }

  excess(node: HearsayNode): string[] {
    const { logCount, waitingCount } = this.logOf(node).stats;
    if (waitingCount > 0) return [`${node.name} still waits with ${waitingCount} operations`];
    return logCount > 60 ? [`${node.name} still keeps ${logCount} records`] : [];
  }

  /** Who has read something reads no less elsewhere. */
  private async read(node: HearsayNode): Promise<void> {
    const before = this.lastRead;
    const asked = before === undefined ? {} : { after: before.after };
    const read = await this.logOf(node).read({ ...asked, waitMs: 200, timeoutMs: 1_000 });
    if (read.status !== "ok") return;
    const found = new Set(read.state);
    const missed = before?.state.find((number) => !found.has(number));
    if (missed !== undefined) this.faults.push(`${missed} was read, and then not on ${node.name}`);
    if (before === this.lastRead) this.lastRead = { after: read.after, state: read.state };
  }

  private logOf(node: HearsayNode): Operations<Line, Line, Talk> {
    const order = this.parts.way as OperationOrder;
    return node.operations<Talk, Line>("swarm", {
      initial: [],
      order,
      reducer: this.reducer,
      checkpointAfterCount: 20,
    });
  }

  /** Is the same for all lives and nodes: a log cannot be opened with another. */
  private readonly reducer = (state: Talk, line: Line): Talk => {
    if (this.parts.way !== "commutative") {
      for (const number of line.read) {
        if (!state.includes(number))
          this.faults.push(`${line.number} was executed before ${number}`);
      }
    }
    return [...state, line.number];
  };
}
