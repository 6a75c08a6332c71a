import type { Address } from "../../core/address.ts";
import type { ExchangeId, StreamEnv } from "../../core/env.ts";
import { peerId } from "../../core/peer.ts";
import type { ExchangeOutcome, StreamProtocol } from "../../core/protocol.ts";
import { eventually } from "../../testing/test-api.ts";
import type { Transport } from "../../transport/transport.ts";
import type { PacketCoder, StreamCoder, StreamReading } from "./coders.ts";
import type { RealHostSetup } from "./host-setup.ts";
import { RealHost } from "./real-host.ts";

/** For the tests of the host: notes as a protocol, lines of text as its wire. */
export type Note = { readonly kind: "note"; readonly text: string };

export const encode = (note: Note): Uint8Array => new TextEncoder().encode(note.text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const packets: PacketCoder<Note> = {
  overheadBytes: 31,
  encode(note) {
    if (note.text === "unspeakable") throw new RangeError("no packet holds it");
    return encode(note);
  },
  decode(bytes) {
    const text = decode(bytes);
    if (text === "poison") throw new TypeError("a bug of the codec");
    return text.startsWith("?") ? { drop: "malformed" } : { message: { kind: "note", text } };
  },
};

/**
 * One line each way; a line that begins with "?" is malformed and answered with "err". One that
 * begins with "…" takes as many turns to read as it has letters.
 */
const streams: StreamCoder<Note> = {
  encodeRequest: (note) => encode({ kind: "note", text: `${note.text}\n` }),
  encodeReply: (note) => encode({ kind: "note", text: `${note.text}\n` }),
  decoder: () => {
    let held = "";
    return {
      feed(bytes): StreamReading<Note> {
        held += decode(bytes);
        if (held.startsWith("…") && held.length > 2 && held.endsWith("\n")) {
          held = `…${held.slice(2)}`;
          return { kind: "busy" };
        }
        const text = held.slice(0, -1);
        if (text === "poison") throw new TypeError("a bug of the codec");
        if (!held.endsWith("\n")) return { kind: "more" };
        if (!text.startsWith("?")) return { kind: "message", message: { kind: "note", text } };
        return { kind: "error", reason: "malformed", reply: { kind: "note", text: "err" } };
      },
    };
  },
};

export class Notes implements StreamProtocol<Note, string> {
  readonly env: StreamEnv<Note, string>;
  readonly log: string[] = [];
  readonly outcomes: [ExchangeId, ExchangeOutcome<Note>][] = [];

  constructor(env: StreamEnv<Note, string>) {
    this.env = env;
  }
  start(): void {}
  stop(): void {}
  onMessage(from: Address, note: Note): void {
    this.log.push(note.text);
    if (note.text === "throw") throw new Error("a bug");
    if (note.text === "echo") this.env.send(from, { kind: "note", text: "echoed" });
  }
  onTimer(timer: string): void {
    this.log.push(timer);
    if (timer === "throw") throw new Error("a bug in a timer");
  }
  onExchange(id: ExchangeId, outcome: ExchangeOutcome<Note>): void {
    this.outcomes.push([id, outcome]);
  }
  onRequest(_from: Address, request: Note): Note | undefined {
    this.log.push(`request ${request.text}`);
    if (request.text === "throw") throw new Error("a bug in a request");
    if (request.text === "slowly") return { kind: "note", text: "…in six" };
    return request.text === "hush" ? undefined : { kind: "note", text: `re: ${request.text}` };
  }
}

export function until(holds: () => boolean, what = "it"): Promise<void> {
  return eventually(holds, what, 10_000);
}

export interface Party {
  host: RealHost;
  notes: Notes;
  address: Address;
  fatal: Error[];
  lines: string[];
}

const parties: Party[] = [];
/** Ends every party of a test. */
export async function endParties(): Promise<void> {
  await Promise.all(parties.splice(0).map((party) => party.host.stop()));
}

export async function party(
  transport: Transport,
  more: Partial<RealHostSetup> = {},
): Promise<Party> {
  const fatal: Error[] = [];
  const lines: string[] = [];
  const host = new RealHost({
    self: peerId(`party${parties.length}`),
    seed: 5,
    transport,
    packets,
    streams,
    onFatal: (error) => fatal.push(error),
    logger: { warn: (line) => lines.push(line), error: (line) => lines.push(line) },
    ...more,
  });
  const notes = host.mountStream<Note, string, Notes>("notes", (env) => new Notes(env));
  const address = await host.bind({ host: "127.0.0.1", port: 0 });
  const made = { host, notes, address, fatal, lines };
  parties.push(made);
  return made;
}
