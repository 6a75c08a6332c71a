const DIGITS = 20;

/**
 * Where a group keeps its things. One watch covers "leader", "leader.next", "log.floor",
 * "log.voters" and "log/…", and leaves out what changes along with them.
 */
export class StoreKeys {
  /** How many commands were ordered; its revision is what an append compares. */
  readonly head: string;
  /** Who leads, for as long as its lease lasts. */
  readonly leader: string;
  /** To whom a leader hands over. */
  readonly next: string;
  /** Up to where a state stands for the log. */
  readonly floor: string;
  readonly voters: string;
  readonly watchFrom: string;
  readonly watchTo: string;
  /** The first that sorts behind all of the log. */
  readonly logEnd: string;
  private readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
    this.head = `${namespace}head`;
    this.leader = `${namespace}leader`;
    this.next = `${namespace}leader.next`;
    this.floor = `${namespace}log.floor`;
    this.voters = `${namespace}log.voters`;
    this.watchFrom = this.leader;
    this.logEnd = `${namespace}log0`;
    this.watchTo = this.logEnd;
  }

  /** Of the batch whose last command has this position. */
  log(position: number): string {
    return `${this.namespace}log/${digits(position)}`;
  }

  /** The position in such a key; undefined for other keys. */
  positionOf(key: string): number | undefined {
    const prefix = `${this.namespace}log/`;
    const text = key.slice(prefix.length);
    if (!key.startsWith(prefix) || !/^[0-9]{20}$/.test(text)) return undefined;
    const position = Number(text);
    return Number.isSafeInteger(position) ? position : undefined;
  }

  /** Of a state whose name begins with its position. */
  state(name: string, index: number): string {
    return `${this.namespace}state/${name}/${String(index).padStart(6, "0")}`;
  }

  /** One writer's name for its state at a position. */
  stateName(position: number, writer: number): string {
    return `${digits(position)}-${writer}`;
  }

  /** All states below a position. */
  statesBelow(position: number): { readonly from: string; readonly to: string } {
    return {
      from: `${this.namespace}state/`,
      to: `${this.namespace}state/${digits(position)}`,
    };
  }

  /** All that belongs to one state. */
  allOfState(name: string): { readonly from: string; readonly to: string } {
    return {
      from: `${this.namespace}state/${name}/`,
      to: `${this.namespace}state/${name}0`,
    };
  }
}

function digits(position: number): string {
  return String(position).padStart(DIGITS, "0");
}
