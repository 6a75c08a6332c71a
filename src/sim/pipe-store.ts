const FIRST_CAPACITY = 64;

/**
 * How one end of a pipe stands: nobody there knows of it yet, it was dialled from there, it stands,
 * or it is over there.
 */
export const endStates = { none: 0, opening: 1, up: 2, closed: 3 } as const;

/**
 * Pipes between two nodes as columns of numbers: 34 bytes a pipe, for a large simulation has many.
 * A pipe has two ends, an even number and the odd one after it: `end ^ 1` is the other one.
 */
export class PipeStore {
  private nodes = new Int32Array(2 * FIRST_CAPACITY);
  private states = new Uint8Array(2 * FIRST_CAPACITY);
  private dues = new Float64Array(2 * FIRST_CAPACITY);
  private inFlight = new Int32Array(FIRST_CAPACITY);
  private owners = new Int32Array(FIRST_CAPACITY);
  private count = 0;
  private readonly free: number[] = [];

  /** Pipes there were at most; the numbers of their ends are below twice that. */
  get capacity(): number {
    return this.count;
  }

  /** @returns the end of `from`. */
  add(from: number, to: number, owner: number): number {
    const pipe = this.free.pop() ?? this.addPipe();
    const end = pipe * 2;
    this.nodes[end] = from;
    this.nodes[end + 1] = to;
    this.states[end] = endStates.none;
    this.states[end + 1] = endStates.none;
    this.dues[end] = 0;
    this.dues[end + 1] = 0;
    this.inFlight[pipe] = 0;
    this.owners[pipe] = owner;
    return end;
  }

  /** Its number may be another's from now on. */
  release(end: number): void {
    const pipe = end >> 1;
    this.states[pipe * 2] = endStates.none;
    this.states[pipe * 2 + 1] = endStates.none;
    this.free.push(pipe);
  }

  /** Whose end it is. */
  node(end: number): number {
    return this.nodes[end] ?? 0;
  }

  state(end: number): number {
    return this.states[end] ?? 0;
  }

  setState(end: number, state: number): void {
    this.states[end] = state;
  }

  /** Whether its node may still put something into it: it stands or was dialled from there. */
  isOpen(end: number): boolean {
    const state = this.state(end);
    return state === endStates.opening || state === endStates.up;
  }

  /** When what was put in last comes out at `end`; nothing comes out before it. */
  due(end: number): number {
    return this.dues[end] ?? 0;
  }

  setDue(end: number, dueMs: number): void {
    this.dues[end] = dueMs;
  }

  /** Which kind of pipe it is. */
  owner(end: number): number {
    return this.owners[end >> 1] ?? 0;
  }

  /** Events and waiting pieces that know its number. */
  waiting(end: number): number {
    return this.inFlight[end >> 1] ?? 0;
  }

  addWaiting(end: number, by: number): void {
    const pipe = end >> 1;
    this.inFlight[pipe] = (this.inFlight[pipe] ?? 0) + by;
  }

  private addPipe(): number {
    if (this.count === this.inFlight.length) this.grow();
    this.count += 1;
    return this.count - 1;
  }

  private grow(): void {
    const capacity = 2 * this.inFlight.length;
    const [nodes, states] = [new Int32Array(2 * capacity), new Uint8Array(2 * capacity)];
    const dues = new Float64Array(2 * capacity);
    const [inFlight, owners] = [new Int32Array(capacity), new Int32Array(capacity)];
    nodes.set(this.nodes);
    states.set(this.states);
    dues.set(this.dues);
    inFlight.set(this.inFlight);
    owners.set(this.owners);
    this.nodes = nodes;
    this.states = states;
    this.dues = dues;
    this.inFlight = inFlight;
    this.owners = owners;
  }
}
