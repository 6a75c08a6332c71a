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
