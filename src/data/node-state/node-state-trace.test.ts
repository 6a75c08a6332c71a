/** The traces of docs/protocols/scuttlebutt.md are what the simulator gives. */
import { expect, test } from "vitest";
import type { GivenOptions } from "../../core/options.ts";
import { StateTown } from "../../testing/node-state-rig.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import type { Digest, NodeStateMessage, StateDelta } from "./node-state.messages.ts";
import type { nodeStateDefaults } from "./node-state.options.ts";

const NAMES = ["p", "q", "r"];

const named = (origin: string): string => NAMES[Number(origin.slice(1, 2))] ?? "?";

function digest({ extent, states }: Digest): string {
  const shown = states.map(
    ({ gcVersion, maxVersion, origin }) => `${named(origin)}(${gcVersion},${maxVersion})`,
  );
  return `${extent === "all" ? "" : "of "}${shown.join(" ")}`;
}

function wanted(states: Digest["states"]): string {
  return `wants ${digest({ states, extent: "all" })}`;
}

function deltas(all: readonly StateDelta[]): string {
  if (all.length === 0) return "nothing";
  const texts = all.map(({ entries, from, gcVersion, maxVersion, origin }) => {
    const shown = entries
      .filter(({ key }) => !key.startsWith("\u0000"))
      .map(({ key, status, version }) => `${status === "deleted" ? "†" : ""}${key}@${version}`);
    return `${named(origin)} from ${from}, G=${gcVersion}: ${shown.join(" ")} → ${maxVersion}`;
  });
  return texts.join("; ");
}

function line(message: NodeStateMessage): string {
  switch (message.kind) {
    case "probe":
      return "";
    case "syn":
    case "gossipSyn":
      return digest(message.digest);
    case "synAck":
      return `${digest(message.digest)} · ${deltas(message.deltas)}`;
    case "gossipAck":
      return `${wanted(message.wanted)} · ${deltas(message.deltas)}`;
    case "ack":
    case "gossipAck2":
      return deltas(message.deltas);
    case "badCluster":
      return "";
  }
}

class Tale {
  readonly town: StateTown;
  readonly lines: string[] = [];

  constructor(seed: number, options: GivenOptions<typeof nodeStateDefaults>, nodesCount = 2) {
    this.town = new StateTown({
      seed,
      nodesCount,
      options,
      latency: { kind: "constant", ms: 5 },
      onSend: (from, to, message, bytes) => {
        const at = String(this.town.simulator.nowMs | 0).padStart(6);
        const who = `${NAMES[from]} → ${NAMES[to]}`;
        const text = `${at} ms  ${who}  ${message.kind.padEnd(10)} ${line(message)}`;
        this.lines.push(`${text.trimEnd()}  [${bytes} B]`);
      },
    });
  }

  say(what: string): void {
    this.lines.push(`          ${what}`);
  }

  own(at: number, what: string, change: (own: StateTown["residents"][0]["state"]["own"]) => void) {
    this.say(what);
    this.town.nodes[at]?.step(() => change(this.town.resident(at).state.own));
  }
}

const value = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A write, a round without a difference, and a deletion that one of three misses. */
function write(): string {
  const tale = new Tale(3, { newsDelayMs: 50 });
  tale.town.simulator.runForMs(2_000);
  tale.lines.length = 0;
  tale.own(0, "p sets role = db", (own) => own.set("role", value("db")));
  tale.town.simulator.runForMs(1_200);
  return tale.lines.join("\n");
}

function reset(): string {
  const tale = new Tale(3, {
    newsDelayMs: 50,
    tombstones: "grace",
    tombstoneGraceMs: 1_000,
  });
  const { simulator } = tale.town;
  for (const key of ["a", "b", "c"]) {
    tale.town.nodes[0]?.step(() => tale.town.resident(0).state.own.set(key, value("1")));
  }
  simulator.runForMs(2_000);
  tale.lines.length = 0;
  simulator.partition(tale.town.nodes.slice(1));
  tale.own(0, "p, cut off from q: deletes b, sets d and a; the tombstone is forgotten", (own) => {
    own.delete("b");
    own.set("d", value("1"));
    own.set("a", value("2"));
  });
  simulator.runForMs(2_500);
  tale.lines.length = 1;
  tale.say("they hear each other again");
  simulator.heal();
  simulator.runForMs(1_000);
  const copy = tale.town.resident(1).state.copyOf(tale.town.resident(0).state.own.copy.origin);
  const keys = [...(copy?.after(0) ?? [])].map(({ key, version }) => `${key}@${version}`);
  tale.say(`q has of p: G=${copy?.gcVersion}, M=${copy?.maxVersion}: ${keys.join(" ")}`);
  return tale.lines.join("\n");
}

function cassandra(): string {
  const tale = new Tale(4, { profile: "cassandra", newsDelayMs: 1_000, fanoutCount: 1 });
  tale.town.simulator.runForMs(3_000);
  tale.lines.length = 0;
  tale.own(0, "p sets role = db, q sets role = web", (own) => own.set("role", value("db")));
  tale.town.nodes[1]?.step(() => tale.town.resident(1).state.own.set("role", value("web")));
  tale.town.simulator.runForMs(1_000);
  return tale.lines.join("\n");
}

test.each([
  ["write", write],
  ["reset", reset],
  ["cassandra", cassandra],
])("the trace %s", (name, make) => {
  expect(shownTrace("protocols/scuttlebutt.md", name).trim()).toBe(make().trim());
});
