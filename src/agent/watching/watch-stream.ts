import { randomBytes } from "node:crypto";
import type { AgentOptions } from "../agent.options.ts";
import type { NoticeQueue, WrittenNotice } from "./notice-queue.ts";

type Bounds = Pick<AgentOptions, "watchReplayMaxBytes" | "watchReplayMaxCount">;

interface Sent {
  readonly number: number;
  readonly text: string;
}

/**
 * What one watcher is told, over all its connections: each notice has a number, and the last ones
 * are kept, for nobody knows what a connection that broke still had on its way.
 */
export class WatchStream {
  /** Cannot be guessed, for whoever names it is told what its watcher was. */
  readonly id = randomBytes(12).toString("base64url");
  readonly queue: NoticeQueue;
  /** What was asked for: another wish is another stream. */
  readonly wish: string;
  /** Ends what feeds the queue. */
  readonly stop: () => void;
  private readonly bounds: Bounds;
  private readonly sent: Sent[] = [];
  private sentChars = 0;
  private count = 0;
  private connection = 0;

  constructor(
    parts: { readonly queue: NoticeQueue; readonly wish: string; stop(): void },
    bounds: Bounds,
  ) {
    this.queue = parts.queue;
    this.wish = parts.wish;
    this.stop = () => parts.stop();
    this.bounds = bounds;
  }

  /** A further connection; the one before is no more. */
  connect(): number {
    this.connection += 1;
    this.queue.wakeUp();
    return this.connection;
  }

  isCurrent(connection: number): boolean {
    return this.connection === connection;
  }

  /** As it is sent, with its number; kept for whoever comes back. */
  write(notice: WrittenNotice): string {
    this.count += 1;
    const text = eventText(notice, `${this.id}.${this.count}`);
    this.sent.push({ number: this.count, text });
    this.sentChars += text.length;
    const { watchReplayMaxBytes, watchReplayMaxCount } = this.bounds;
    while (this.sent.length > watchReplayMaxCount || this.sentChars > watchReplayMaxBytes) {
      this.sentChars -= this.sent.shift()?.text.length ?? 0;
    }
    return text;
  }

  /** What was sent after `number`, and how much of it is not kept any more. */
  since(number: number): { readonly text: string; readonly lostCount: number } {
    const again = this.sent.filter((one) => one.number > number);
    const first = again[0]?.number ?? this.count + 1;
    return { text: again.map(({ text }) => text).join(""), lostCount: first - number - 1 };
  }
}

/** JSON has no raw line breaks, so one `data:` line holds it all. */
export function eventText({ kind, json }: WrittenNotice, id?: string): string {
  const numbered = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${kind}\n${numbered}data: ${json}\n\n`;
}

/** What a client says that it heard last; undefined when it says none, or nonsense. */
export function readLastEventId(
  text: string,
): { readonly stream: string; readonly number: number } | undefined {
  const [, stream, number] = /^([\w-]{16})\.(\d{1,15})$/.exec(text) ?? [];
  if (stream === undefined || number === undefined) return undefined;
  return { stream, number: Number(number) };
}
