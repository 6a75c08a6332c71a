/** Drives one node of HashiCorp memberlist, a process of its own. */
import { DriverProcess } from "./driver-process.ts";
import { goProgram } from "./go-program.ts";
import { waitUntil } from "./waiting.ts";

export interface MemberlistSetup {
  readonly name: string;
  readonly profile?: "lan" | "wan" | "local";
  readonly bind?: string;
  readonly advertise?: string;
  readonly label?: string;
  readonly keys?: readonly string[];
  readonly meta?: Uint8Array;
  /** What the program is started by, as `ip netns exec NAME`. */
  readonly launcher?: readonly string[];
}

export interface MemberlistRow {
  readonly name: string;
  readonly address: string;
  readonly meta: Uint8Array;
}

export interface MemberlistEvent {
  /** Memberlist does not tell its delegates whether a member left or died: both are `gone`. */
  readonly kind: "join" | "gone" | "update";
  readonly name: string;
}

/** What its log and its delegates counted. */
export interface MemberlistCounts {
  readonly suspicions?: number;
  readonly refutations?: number;
  readonly failures?: number;
  readonly errors?: number;
  readonly warnings?: number;
  readonly conflicts?: number;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string | null): Uint8Array => Buffer.from(text ?? "", "base64");

export class MemberlistAgent {
  readonly name: string;
  readonly address: string;
  private readonly process: DriverProcess;

  private constructor(name: string, address: string, process: DriverProcess) {
    this.name = name;
    this.address = address;
    this.process = process;
  }

  static async start(setup: MemberlistSetup): Promise<MemberlistAgent> {
    const { launcher = [], meta, ...details } = setup;
    const driver = new DriverProcess([...launcher, goProgram("memberlist-driver")]);
    const encoded = meta === undefined ? {} : { meta: base64(meta) };
    try {
      const address = await driver.request<string>("start", { ...details, ...encoded }, 40_000);
      return new MemberlistAgent(setup.name, address, driver);
    } catch (error) {
      await driver.end();
      throw error;
    }
  }

  /** Rejects when `address` did not let it in. */
  join(address: string): Promise<number> {
    return this.ask("join", { to: address });
  }

  /** Those that it takes for alive, or suspects. */
  async members(): Promise<readonly MemberlistRow[]> {
    type Row = { readonly name: string; readonly address: string; readonly meta: string | null };
    const rows = await this.ask<readonly Row[]>("members");
    return rows.map((row) => ({ ...row, meta: bytesOf(row.meta) }));
  }

  async names(): Promise<readonly string[]> {
    return (await this.members()).map((row) => row.name).sort();
  }

  async member(name: string): Promise<MemberlistRow | undefined> {
    return (await this.members()).find((row) => row.name === name);
  }

  async setMeta(meta: Uint8Array): Promise<void> {
    await this.ask("meta", { meta: base64(meta), timeoutMs: 10_000 });
  }

  async send(to: string, payload: Uint8Array, via: "packet" | "stream"): Promise<void> {
    await this.ask("send", { to, payload: base64(payload), via });
  }

  async broadcast(payload: Uint8Array): Promise<void> {
    await this.ask("broadcast", { payload: base64(payload) });
  }

  async received(): Promise<readonly Uint8Array[]> {
    return (await this.ask<readonly string[]>("received")).map(bytesOf);
  }

  events(): Promise<readonly MemberlistEvent[]> {
    return this.ask("events");
  }

  async changeKey(verb: "add" | "use" | "remove", key: string): Promise<void> {
    await this.ask("key", { verb, key });
  }

  counts(): Promise<MemberlistCounts> {
    return this.ask("counts");
  }

  log(): Promise<string> {
    return this.ask("log");
  }

  /** Says goodbye, then ends. */
  async leave(): Promise<void> {
    await this.ask("leave", { timeoutMs: 10_000 });
    await this.process.end();
  }

  async waitForNames(names: readonly string[], timeoutMs: number): Promise<void> {
    const wanted = [...names].sort().join(" ");
    let seen = "";
    const what = (): string => `${this.name} to see ${wanted}; it sees ${seen}`;
    await waitUntil(what, timeoutMs, async () => {
      seen = (await this.names()).join(" ");
      return seen === wanted;
    });
  }

  async waitForEvent(
    kind: MemberlistEvent["kind"],
    name: string,
    timeoutMs: number,
  ): Promise<void> {
    await waitUntil(`${this.name} to see ${name} ${kind}`, timeoutMs, async () =>
      (await this.events()).some((event) => event.kind === kind && event.name === name),
    );
  }

  /** Ends it without a word. */
  stop(): Promise<void> {
    return this.process.end();
  }

  private ask<T>(verb: string, details: object = {}): Promise<T> {
    return this.process.request(verb, { name: this.name, ...details }, 60_000);
  }
}
