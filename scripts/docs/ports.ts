import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Block } from "./page.ts";

/** Of two pages that run at once, one has other ports than it shows. */
export type Ports = "as they are" | "moved";

const SHOWN = /\b79([45678]\d)\b/g;

/** The ports that nearly all pages name, 7940 to 7989, as 8940 to 8989. */
export function movePorts(text: string): string {
  return text.replaceAll(SHOWN, "89$1");
}

/** Where the command line finds an agent whose port was moved. */
export const MOVED_ADMIN = "http://127.0.0.1:8980";

/** Whether a page names all of its ports, and only those that are moved. */
export function canMove(blocks: readonly Block[]): boolean {
  const lines = blocks.flatMap(({ before, text }) => `${before}\n${text}`.split("\n"));
  return lines.every((line) => {
    if (/\b2[78]9\d\d\b|\bserf\b/.test(line)) return false;
    return !/hearsay agent\b/.test(line) || /--bind .*--admin |--config /.test(line);
  });
}

const HOST = "127.0.0.1";
/** Of members and of admin APIs, as pages name them, and as an agent takes them by itself. */
const LISTENED = /\b(?:79[4-8]\d|2[78]9[4-8]\d|28[45]\d\d)\b/g;
const BY_ITSELF = "7946 7980";
/** What the page before had may take a moment to go. */
const FREED_MAX_MS = 10_000;
const LOOK_AGAIN_MS = 200;

/**
 * Waits until nobody has the ports that a page names. Else each of its commands would fail, or ask
 * an agent of somebody else.
 * @returns what is wrong, if anything.
 */
export async function portsTaken(
  blocks: readonly Block[],
  ports: Ports,
): Promise<string | undefined> {
  const text = blocks.map((block) => `${block.before}\n${block.text}`).join("\n");
  const named = /hearsay agent\b/.test(text) ? `${text} ${BY_ITSELF}` : text;
  const shown = (named.match(LISTENED) ?? []).map((port) => {
    return Number(ports === "moved" ? movePorts(port) : port);
  });
  let taken = [...new Set(shown)];
  for (const endMs = performance.now() + FREED_MAX_MS; taken.length > 0; ) {
    const isFree = await Promise.all(taken.map(isFreePort));
    taken = taken.filter((_, at) => isFree[at] === false);
    if (performance.now() > endMs) break;
    if (taken.length > 0) await delay(LOOK_AGAIN_MS);
  }
  if (taken.length === 0) return undefined;
  return `somebody else listens on ${taken.join(", ")} of ${HOST}; "ss -lntup" says who: end that`;
}

async function isFreePort(port: number): Promise<boolean> {
  const server = createServer().listen(port, HOST);
  const socket = createSocket("udp4").bind(port, HOST);
  const areFree = await Promise.allSettled([once(server, "listening"), once(socket, "listening")]);
  server.close();
  socket.close();
  return areFree.every(({ status }) => status === "fulfilled");
}
