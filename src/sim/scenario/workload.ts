import { Random } from "../../core/random.ts";
import type { NodeDraw } from "../faults/plan-faults.ts";
import { momentsOf } from "../faults/plan-faults.ts";
import type { Simulator } from "../simulator.ts";
import type { CheckerPanel } from "./checker-panel.ts";
import type { Population } from "./population.ts";
import type { Scenario, Task } from "./scenario.ts";
import type { ScenarioWorld } from "./scenario-world.ts";

export interface WorkloadPorts {
  readonly simulator: Simulator;
  readonly population: Population;
  readonly world: ScenarioWorld;
  readonly panel: CheckerPanel;
  readonly draw: NodeDraw;
}

/** What the users of the nodes do, by the scenario's plan. */
export class Workload {
  private readonly scenario: Scenario;
  private readonly ports: WorkloadPorts;

  constructor(scenario: Scenario, ports: WorkloadPorts) {
    this.scenario = scenario;
    this.ports = ports;
  }

  /** Plans all of it, counted from now; what would come after the time for faults is left out. */
  schedule(): void {
    const { durationMs, workload } = this.scenario;
    for (const [at, task] of workload.entries()) {
      for (const [turn, atMs] of momentsOf(task).entries()) {
        if (atMs > durationMs) break;
        const line = `workload[${at}]#${turn}`;
        this.ports.simulator.plan(atMs, () => this.happen(task, `workload[${at}]`, line));
      }
    }
  }

  private happen(task: Task, path: string, line: string): void {
    const nodes = this.ports.draw.resolve(task.nodes, `${path}.nodes`, line);
    if (task.do === "leave") for (const node of nodes) this.leave(node);
    else this.publish(nodes, task.bytes, line);
  }

  private publish(nodes: readonly number[], bytes: number, line: string): void {
    const { population, simulator, world } = this.ports;
    const random = Random.derive(simulator.seed, line);
    const able = nodes.filter((node) => world.truth.isUp(node) && !world.truth.has(node, "paused"));
    const node = random.pick(able);
    if (node !== undefined) population.publish(node, random.bytes(bytes));
  }

  private leave(node: number): void {
    const { panel, population, world } = this.ports;
    const resident = population.of(node);
    if (resident === undefined || !world.truth.isUp(node)) return;
    panel.onLeave(node);
    world.truth.begin(node, "left");
    resident.stack.leave();
  }
}
