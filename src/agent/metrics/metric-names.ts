/**
 * How numbers of a node are called in Prometheus: hearsay_… in snake case, in base units that the
 * name ends in, counters with _total behind it.
 */

const NAME_MAX_LENGTH = 96;

/** A name of ours and its value, in base units. */
export interface MetricName {
  readonly name: string;
  /** What the value is multiplied by. */
  readonly factor: number;
}

/** `loopDelayP99Ms` → `loop_delay_p99_seconds`, by 0.001. */
export function gaugeName(text: string): MetricName {
  const snake = snakeCase(text);
  if (snake.endsWith("_ms")) return { name: `${snake.slice(0, -3)}_seconds`, factor: 0.001 };
  return { name: snake.replace(/_count$/, ""), factor: 1 };
}

/** Of a sensor: its name, and its unit unless the name ends in it; "" of one without letters. */
export function sensorName(name: string, unit: string): string {
  const base = snakeCase(name);
  if (base === "") return "";
  const ending = snakeCase(unit);
  return ending === "" || base.endsWith(`_${ending}`) ? base : `${base}_${ending}`;
}

/** Only what Prometheus takes: letters, digits and underscores. */
export function snakeCase(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, NAME_MAX_LENGTH);
}

/** `swim.dropped.oldNews`: whose, and what; of one word, the node's. */
export function protocolOf(name: string): readonly [protocol: string, event: string] {
  const dot = name.indexOf(".");
  return dot < 0 ? ["node", name] : [name.slice(0, dot), name.slice(dot + 1)];
}
