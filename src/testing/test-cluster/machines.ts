import type { Address } from "../../core/address.ts";
import { addressKey } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import type { HostPort } from "../../core/host-port.ts";
import type { Simulator } from "../../sim/simulator.ts";
import type { SetUpOptions } from "./cluster-api.ts";
import { Machine, type MachinePorts } from "./machine.ts";
import { NodeChoices } from "./node-choices.ts";
import { testClusterDefaults } from "./test-cluster.options.ts";

const PORT = 7946;
/** More would be a typing error, and need more memory than tests have. */
const MACHINES_MAX = 10_000;

type Ports<App> = Pick<MachinePorts<App>, "onNews" | "onMembership" | "onLog">;

/** The machines of a test cluster by name, in the order in which they were added. */
export class Machines<App> {
  readonly byName = new Map<string, Machine<App>>();
  private readonly simulator: Simulator;
  private readonly options: SetUpOptions<App>;
  private readonly ports: Ports<App>;
  private readonly choices: NodeChoices;

  constructor(simulator: Simulator, options: SetUpOptions<App>, ports: Ports<App>) {
    this.simulator = simulator;
    this.options = options;
    this.ports = ports;
    this.choices = new NodeChoices(options.options);
  }

  /** Starts all nodes of the options, none of which has been opened yet. */
  async addAll(): Promise<void> {
    const names = namesOf(this.options.nodes);
    for (const name of names) await this.choices.load(name);
    for (const name of names) this.start(name);
  }

  /** Starts a node on a machine of its own. @throws HearsayError TEST_CLUSTER, CONFIG_OPTION */
  async add(name: string = this.freeName()): Promise<Machine<App>> {
    await this.choices.load(name);
    return this.start(name);
  }

  private start(name: string): Machine<App> {
    if (this.byName.has(name)) throw refusal(`the cluster has a node ${JSON.stringify(name)}`);
    if (this.byName.size >= MACHINES_MAX) throw refusal(`a cluster has ${MACHINES_MAX} nodes`);
    const address = addressOf(this.simulator.nodes.length);
    const machine = new Machine<App>(name, address, this.machinePorts(name));
    this.byName.set(name, machine);
    this.simulator.add((place) => machine.begin(place), { name, address });
    return machine;
  }

  /** @throws HearsayError MEMBER_UNKNOWN */
  find(name: string): Machine<App> {
    const machine = this.byName.get(name);
    if (machine !== undefined) return machine;
    const names = [...this.byName.keys()];
    const known = names.length <= 20 ? names.join(", ") : `${names.length} others`;
    const detail = `no node is called ${JSON.stringify(name)}; there are ${known}`;
    throw new HearsayError("MEMBER_UNKNOWN", detail);
  }

  private machinePorts(name: string): MachinePorts<App> {
    const { seed = 1, setup } = this.options;
    return {
      ...this.ports,
      seed,
      options: this.choices.of(name),
      orderer: this.choices.orderOf(name),
      setup,
      seeds: () => this.seedsOf(name),
      resolve: (place) => this.resolve(place),
    };
  }

  private seedsOf(name: string): readonly string[] {
    if (this.options.join === "none") return [];
    const others = [...this.byName.values()].filter((one) => one.name !== name);
    return others.slice(0, testClusterDefaults.seedsCount).map((one) => addressKey(one.address));
  }

  /** Machines are found by the names of their nodes. */
  private resolve({ host, port }: HostPort): readonly Address[] {
    const machine = this.byName.get(host);
    if (machine !== undefined) return [{ host: machine.address.host, port }];
    const detail = `no machine of the test cluster is called ${JSON.stringify(host)}`;
    throw new HearsayError("ADDRESS_INVALID", detail);
  }

  private freeName(): string {
    let number = this.byName.size + 1;
    while (this.byName.has(`n${number}`)) number += 1;
    return `n${number}`;
  }
}

/** @throws HearsayError TEST_CLUSTER */
function namesOf(nodes: number | readonly string[]): readonly string[] {
  if (typeof nodes !== "number") return nodes;
  if (!Number.isSafeInteger(nodes) || nodes < 0 || nodes > MACHINES_MAX) {
    throw refusal(`nodes is ${nodes}, but must be a whole number up to ${MACHINES_MAX}, or names`);
  }
  return Array.from({ length: nodes }, (_, at) => `n${at + 1}`);
}

function addressOf(index: number): Address {
  const number = index + 1;
  return { host: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`, port: PORT };
}

function refusal(detail: string): HearsayError {
  return new HearsayError("TEST_CLUSTER", detail);
}
