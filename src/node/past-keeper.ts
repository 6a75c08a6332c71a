import { addressKey } from "../core/address.ts";
import { parseHostPort } from "../core/host-port.ts";
import type { PastMember } from "../peers/reconnect/reconnect.contract.ts";
import { checksumOf, jsonOf } from "./checksummed-text.ts";

/** Keeps the members of a node's past between its lives. Never throws, never holds a node up. */
export interface PastKeeper {
  /** In its own time; of several calls the last one counts. */
  write(members: readonly PastMember[]): void;
  /** Resolves when the last write has ended. */
  close(): Promise<void>;
}

export const PAST_FILE_NAME = "members.json";
/** More than any life can remember: longer files are not ours. */
export const PAST_FILE_MAX_BYTES = 16 * 1024 * 1024;
const FORMAT = 1;
const NAME_MAX_LENGTH = 128;

/** What a file of past members holds, or what is wrong with it. */
export type PastReading =
  | { readonly kind: "members"; readonly members: readonly PastMember[] }
  | { readonly kind: "newer"; readonly format: number }
  | { readonly kind: "damaged"; readonly problem: string };

/** One line of checksum, one of JSON: `{ format, members: [[name, "host:port", seenAtMs] …] }`. */
export function pastText(members: readonly PastMember[]): string {
  const rows = members.map(({ address, name, seenAtMs }) => [name, addressKey(address), seenAtMs]);
  const body = JSON.stringify({ format: FORMAT, members: rows });
  return `${checksumOf(body)}\n${body}\n`;
}

/** Never throws. */
export function parsePast(text: string): PastReading {
  const [sum, body] = text.split("\n", 2);
  if (body === undefined) return damaged("it has no second line");
  if (sum !== checksumOf(body)) return damaged("its checksum does not match");
  const fields = jsonOf(body);
  if (typeof fields !== "object" || fields === null || !("format" in fields)) {
    return damaged("it has no format");
  }
  const { format } = fields;
  if (typeof format !== "number" || !Number.isSafeInteger(format) || format < 1) {
    return damaged("its format is no number");
  }
  if (format > FORMAT) return { kind: "newer", format };
  if (!("members" in fields) || !Array.isArray(fields.members)) return damaged("it has no members");
  const members: PastMember[] = [];
  for (const row of fields.members) {
    const member = memberOf(row);
    if (member === undefined) return damaged(`member ${members.length + 1} makes no sense`);
    members.push(member);
  }
  return { kind: "members", members };
}

function memberOf(row: unknown): PastMember | undefined {
  if (!Array.isArray(row)) return undefined;
  const fields: readonly unknown[] = row;
  const [name, place, seenAtMs] = fields;
  if (typeof name !== "string" || name === "" || name.length > NAME_MAX_LENGTH) return undefined;
  if (typeof seenAtMs !== "number" || !Number.isSafeInteger(seenAtMs)) return undefined;
  const parsed = typeof place === "string" ? parseHostPort(place, 0) : undefined;
  if (parsed === undefined || !parsed.isIp || parsed.port === 0) return undefined;
  return { name, address: { host: parsed.host, port: parsed.port }, seenAtMs };
}

function damaged(problem: string): PastReading {
  return { kind: "damaged", problem };
}
