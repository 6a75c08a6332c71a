/** One thing that happened in a simulation. Made only while somebody listens. */
export interface SimTraceEvent {
  readonly atMs: number;
  readonly what:
    | "send"
    | "deliver"
    | "lost"
    | "timer"
    | "dial"
    | "request"
    | "reply"
    | "failure"
    | "link"
    | "fault";
  /** Name of the node that acts. */
  readonly node: string;
  /** The other end, when there is one. */
  readonly peer?: string;
  /** A message, a timer, or the reason of a loss. */
  readonly subject?: unknown;
  readonly channel?: string;
}

/** Is told of every event of a run, as it happens. */
export type SimTraceListener = (event: SimTraceEvent) => void;

const TEXT_MAX = 160;
const BYTES_SHOWN = 8;

/** One line per event: `12.250 a → b send ping seqNo=7 node=b`. */
export function formatTrace(event: SimTraceEvent): string {
  const who = event.peer === undefined ? event.node : `${event.node} → ${event.peer}`;
  const channel = event.channel === undefined ? "" : `${event.channel}.`;
  const subject = event.subject === undefined ? "" : ` ${describe(event.subject)}`;
  return `${event.atMs.toFixed(3)} ${who} ${channel}${event.what}${subject}`;
}

function describe(subject: unknown): string {
  if (typeof subject !== "object" || subject === null) return String(subject);
  const words: string[] = [];
  for (const [name, value] of Object.entries(subject)) {
    words.push(name === "kind" ? String(value) : `${name}=${describeField(value)}`);
  }
  const text = words.join(" ");
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}…`;
}

function describeField(value: unknown): string {
  if (value instanceof Uint8Array) return describeBytes(value);
  if (Array.isArray(value)) return `[${value.map(describeKind).join(",")}]`;
  if (typeof value === "object" && value !== null) return `{${describe(value)}}`;
  return String(value);
}

function describeKind(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if ("kind" in value) return String(value.kind);
  return "name" in value ? String(value.name) : "…";
}

function describeBytes(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, BYTES_SHOWN), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  return bytes.length <= BYTES_SHOWN ? `0x${hex}` : `0x${hex}…(${bytes.length})`;
}
