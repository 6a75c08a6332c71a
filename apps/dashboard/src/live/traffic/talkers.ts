import type { MonitorAnswer } from "../../../../../src/agent/routes/monitor.messages.ts";

/** What a member counted of its own traffic, at an age of its process. */
interface Meter {
  readonly upSeconds: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** The last two that were told; they come more seldom than they are looked for. */
interface Meters {
  readonly last: Meter;
  readonly before?: Meter | undefined;
}

export type TalkerMeters = ReadonlyMap<string, Meters>;

export interface Talker {
  readonly name: string;
  /** A second; undefined until two readings are there. */
  readonly sent: number | undefined;
  readonly received: number | undefined;
  /** Both ways, since its process began. */
  readonly allBytes: number;
}

/** Members that are there no more are forgotten; a process that began anew begins anew here. */
export function withReadings(
  meters: TalkerMeters,
  members: MonitorAnswer["members"],
): TalkerMeters {
  const next = new Map<string, Meters>();
  for (const { name, readings } of members) {
    const number = (wanted: string): number | undefined => {
      const value = readings.find((one) => one.name === wanted)?.value;
      return typeof value === "number" ? value : undefined;
    };
    const [sentBytes, receivedBytes] = [number("netSent"), number("netReceived")];
    const upSeconds = number("uptime");
    if (name === null || sentBytes === undefined) continue;
    if (receivedBytes === undefined || upSeconds === undefined) continue;
    const known = meters.get(name);
    const isSame = known?.last.upSeconds === upSeconds;
    const isOfOneLife = known !== undefined && upSeconds > known.last.upSeconds;
    const last = { upSeconds, sentBytes, receivedBytes };
    next.set(name, isSame ? known : { last, before: isOfOneLife ? known.last : undefined });
  }
  return next;
}

/** Who moves the most bytes stands first. */
export function talkersOf(meters: TalkerMeters): Talker[] {
  const talkers = [...meters].map(([name, { before, last }]): Talker => {
    const seconds = last.upSeconds - (before?.upSeconds ?? 0);
    const rate = (which: "sentBytes" | "receivedBytes"): number | undefined => {
      return before && Math.max(0, last[which] - before[which]) / seconds;
    };
    const allBytes = last.sentBytes + last.receivedBytes;
    return { name, sent: rate("sentBytes"), received: rate("receivedBytes"), allBytes };
  });
  const speed = ({ received = 0, sent = 0 }: Talker): number => sent + received;
  return talkers.sort((a, b) => speed(b) - speed(a) || b.allBytes - a.allBytes);
}
