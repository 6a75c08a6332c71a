import { monitorOptions } from "../../data/monitor/monitor.options.ts";
import type { DataFace, FaceParts } from "../data-face.ts";
import { defaultSensors } from "./built-in.ts";
import type { BuiltInSensor, Sensor } from "./monitor.api.ts";
import { NodeMonitor } from "./node-monitor.ts";

/** The monitor of a node. */
export class MonitorFace implements DataFace {
  readonly monitor: NodeMonitor;
  private readonly parts: FaceParts;

  constructor(parts: FaceParts) {
    const { members, monitor = {}, name, ports, slices } = parts;
    this.parts = parts;
    const choice = monitor === "off" ? {} : monitor;
    const { groupTag = "", sensors = defaultSensors } = choice;
    const options = slices.monitor ?? monitorOptions();
    this.monitor = new NodeMonitor({
      name,
      ports,
      options,
      members,
      isOff: monitor === "off",
      builtIn: () => sensors.flatMap((one) => this.builtIn(one) ?? []),
      openLayer: (hooks) => parts.stack().monitor.open(hooks, options, groupTag),
    });
  }

  open(): void {
    const { monitor, ports, stack } = this.parts;
    if (monitor === "off") {
      stack().monitor.onHeard = () => ports.count("monitor.dropped.off");
      return;
    }
    stack().monitor.onHeard = () => this.monitor.open();
    if (monitor !== undefined) this.monitor.open();
  }

  metrics(): Readonly<Record<string, number>> {
    return this.monitor.metrics();
  }

  close(): void {
    this.monitor.close();
    this.parts.processSensors?.close();
  }

  /** Of the node itself, or of its process, if it has one. */
  private builtIn(name: BuiltInSensor): Sensor | undefined {
    const { hostCounts, processSensors, stack } = this.parts;
    const netBytes = (way: "Received" | "Sent"): number | undefined => {
      const counts = hostCounts();
      const packets = counts[`bytes${way}`];
      if (packets === undefined) return undefined;
      const [links = 0, streams = 0] = [`connectionBytes${way}`, `streamBytes${way}`].map(
        (other) => counts[other],
      );
      return packets + links + streams;
    };
    switch (name) {
      case "members":
        return gauge(name, () => stack().hearsayPeers.size + 1);
      case "backlog":
        return gauge(name, () => stack().backlogCount);
      case "netReceived":
        return { name, unit: "bytes", kind: "counter", read: () => netBytes("Received") };
      case "netSent":
        return { name, unit: "bytes", kind: "counter", read: () => netBytes("Sent") };
      default:
        return processSensors?.sensor(name);
    }
  }
}

function gauge(name: string, read: () => number): Sensor {
  return { name, unit: "", kind: "gauge", read };
}
