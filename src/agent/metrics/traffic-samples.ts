/**
 * What `node.counts()` says of bytes and messages by protocol, as families of Prometheus:
 * `traffic.packets.swim.ping.sentBytes` is one of `hearsay_protocol_sent_bytes_total`.
 */

export type Sample = readonly [labels: Record<string, string>, value: number];

export interface TrafficFamily {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const TRAFFIC = /^traffic[.](\w+)[.](\w+)(?:[.](\w+))?[.](sent|received)(Bytes|Messages)$/;
const SAVED = /^traffic[.]saved[.](sent|received)Bytes$/;

const helps: Readonly<Record<string, string>> = {
  protocol_sent_bytes_total: "Bytes sent, by transport, protocol and kind of message",
  protocol_sent_messages_total: "Messages sent, by transport, protocol and kind",
  protocol_received_bytes_total: "Bytes received, by transport, protocol and kind of message",
  protocol_received_messages_total: "Messages received, by transport, protocol and kind",
  compression_saved_bytes_total: "Bytes that messages of packets have beyond what travelled",
};

export function isTraffic(name: string): boolean {
  return name.startsWith("traffic.");
}

/** Those that have samples; what is none of traffic is passed over. */
export function trafficFamilies(counts: Readonly<Record<string, number>>): TrafficFamily[] {
  const families = new Map<string, Sample[]>();
  const add = (name: string, labels: Record<string, string>, value: number): void => {
    const samples = families.get(name) ?? [];
    samples.push([labels, value]);
    families.set(name, samples);
  };
  for (const [name, value] of Object.entries(counts)) {
    const saved = SAVED.exec(name);
    const part = saved === null ? TRAFFIC.exec(name) : null;
    if (saved !== null) add("compression_saved_bytes_total", { direction: saved[1] ?? "" }, value);
    if (part === null) continue;
    const [, transport = "", protocol = "", message = "", way = "", unit = ""] = part;
    const family = `protocol_${way}_${unit.toLowerCase()}_total`;
    add(family, { transport, protocol, message }, value);
  }
  return Object.entries(helps).flatMap(([name, help]) => {
    const samples = families.get(name);
    return samples === undefined ? [] : [{ name, help, samples }];
  });
}
