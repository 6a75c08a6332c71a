import { HearsayError } from "../../core/errors.ts";
import type { SensorReading } from "../../data/monitor/monitor.messages.ts";
import { isReading } from "../../data/monitor/readings.ts";
import { isThenable } from "../call-listener.ts";
import type { HistogramReading, Sensor } from "./monitor.api.ts";

const KINDS = ["gauge", "counter", "histogram"];
const TEXT_MAX_LENGTH = 128;

export interface SensorBookParts {
  readonly maxCount: number;
  readonly count: (name: string) => void;
  readonly onCallbackError: (where: string, error: unknown) => void;
}

/** The sensors of one node, and what they read. */
export class SensorBook {
  private readonly parts: SensorBookParts;
  private readonly sensors = new Map<string, Sensor>();

  constructor(parts: SensorBookParts) {
    this.parts = parts;
  }

  get size(): number {
    return this.sensors.size;
  }

  /** @returns takes it away. @throws HearsayError CONFIG_OPTION, STORE_FULL */
  add(sensor: Sensor): () => void {
    checkSensor(sensor);
    const { name } = sensor;
    if (this.sensors.has(name)) {
      const fix = "give it another name, or take the first one away";
      throw new HearsayError("CONFIG_OPTION", `there is a sensor ${JSON.stringify(name)}; ${fix}.`);
    }
    const { maxCount } = this.parts;
    if (this.sensors.size >= maxCount) {
      const fix = "raise monitor.sensorsMaxCount";
      throw new HearsayError("STORE_FULL", `a node has at most ${maxCount} sensors; ${fix}.`);
    }
    this.sensors.set(name, sensor);
    return () => {
      if (this.sensors.get(name) === sensor) this.sensors.delete(name);
    };
  }

  /** Sensors that fail, or have nothing to tell, are left out. */
  sample(): SensorReading[] {
    const readings: SensorReading[] = [];
    for (const sensor of this.sensors.values()) {
      const { kind, name, unit } = sensor;
      try {
        const value = sensor.read();
        if (value === undefined) continue;
        // It is refused as no number; what it rejects with would end the process.
        if (isThenable(value)) value.then(undefined, (error) => this.onFailure(name, error));
        // Told by its value: whoever reads it must not find another than was promised.
        const told =
          typeof value === "number" ? (kind === "counter" ? kind : "gauge") : "histogram";
        const reading = { name, unit, kind: told, value: copyOf(value) } as const;
        if (isReading(reading)) readings.push(reading);
        else this.parts.count("monitor.input.refused");
      } catch (error) {
        this.parts.count("monitor.input.refused");
        this.onFailure(name, error);
      }
    }
    return readings;
  }

  private onFailure(name: string, error: unknown): void {
    this.parts.onCallbackError(`sensor ${JSON.stringify(name)}`, error);
  }
}

/** Whoever counts goes on counting in the same arrays, which may be typed ones. */
function copyOf(value: number | HistogramReading): number | HistogramReading {
  if (typeof value === "number") return value;
  const { bounds, counts, sum } = value;
  return { bounds: [...bounds], counts: [...counts], sum };
}

/** @throws HearsayError CONFIG_OPTION */
function checkSensor(sensor: Sensor): void {
  const { kind, name, unit } = sensor;
  checkText("name of a sensor", name, 1);
  checkText(`unit of sensor ${JSON.stringify(name)}`, unit, 0);
  // Its `read` may be a method of a class: it stays where it is.
  if (KINDS.includes(kind) && typeof sensor.read === "function") return;
  const rule = 'needs kind: "gauge" | "counter" | "histogram", and a function read';
  throw new HearsayError("CONFIG_OPTION", `sensor ${JSON.stringify(name)} ${rule}.`);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkText(what: string, text: unknown, least: number): void {
  const isText = typeof text === "string";
  if (isText && text.length >= least && text.length <= TEXT_MAX_LENGTH) return;
  const rule = `must be a text of ${least} to ${TEXT_MAX_LENGTH} characters`;
  throw new HearsayError("CONFIG_OPTION", `the ${what} ${rule}.`);
}
