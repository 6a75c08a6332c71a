import { HearsayError } from "../../core/errors.ts";
import type { BuiltInSensor } from "./monitor.api.ts";

/** Those that cost nothing worth speaking of. */
export const defaultSensors: readonly BuiltInSensor[] = [
  "load",
  "cpu",
  "memory",
  "heap",
  "loopDelay",
  "netReceived",
  "netSent",
  "members",
  "backlog",
  "uptime",
];

export const builtInSensors: readonly BuiltInSensor[] = [...defaultSensors, "diskFree"];

/** @throws HearsayError CONFIG_OPTION */
export function checkBuiltIn(names: unknown): void {
  const known: readonly unknown[] = builtInSensors;
  const isList = Array.isArray(names) && names.every((name) => known.includes(name));
  if (isList && new Set(names).size === names.length) return;
  const rule = `must be a list of ${builtInSensors.join(", ")}, each once`;
  throw new HearsayError("CONFIG_OPTION", `monitor.sensors ${rule}.`);
}
