import { resolveOptions } from "../../core/options.ts";
import { nodeStateDefaults } from "../../data/node-state/node-state.options.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import { NodeStates } from "./node-states.ts";

/** The states of nodes, of which a node's own is the one that it writes. */
export class StatesFace implements DataFace {
  readonly states: NodeStates;
  private readonly isChosen: boolean;

  constructor({ name, ports, slices, stack, state, store }: FaceParts) {
    this.isChosen = state !== undefined;
    this.states = new NodeStates({
      ...ports,
      name,
      options: slices.nodeState ?? resolveOptions("state", nodeStateDefaults),
      values: state ?? {},
      store,
      origin: () => stack().origin,
      write: (body) => stack().write(body),
      openLayer: (states, options) => stack().state.open(states, options),
      standingOf: (member) => stack().state.standingOf(member),
      renewLife: (floor) => stack().renewLife(ports.wallClock(), floor),
    });
  }

  open(): void {
    this.states.recover();
    if (this.isChosen) this.states.open();
  }

  metrics(): Readonly<Record<string, number>> {
    return this.states.metrics();
  }

  close(): void {
    this.states.close();
  }
}
