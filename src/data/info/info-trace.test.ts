/** The trace of docs/protocols/info-store.md is what the class gives. */
import { expect, it } from "vitest";
import type { Dot } from "../../core/dot.ts";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import type { InfoUpdate } from "./info.messages.ts";
import { infoDefaults } from "./info.options.ts";
import { InfoStore } from "./info.ts";

const lines: string[] = [];
let nowMs = 0;
let stable = new DotSet();

const short = ({ origin, seq }: Dot) => `${origin.slice(0, 1)}:${seq}`;
const textOf = ({ value }: InfoUpdate) => (value === undefined ? "gone" : decodeUtf8(value));

function storeOf(name: string): InfoStore {
  return new InfoStore(
    {
      origin: () => makeOrigin(name, 1),
      wallClock: () => nowMs,
      afterStep: (body) => body(),
      counters: { add: () => {} },
      stable: () => stable,
    },
    infoDefaults,
  );
}

const stores = { p: storeOf("p"), q: storeOf("q"), r: storeOf("r") };
type Name = keyof typeof stores;

function note(what: string, name: Name): void {
  const store = stores[name];
  const held = [...store.allEntries()]
    .map(({ dot, update }) => `${update.key}=${textOf(update)} (${short(dot)})`)
    .sort()
    .join(", ");
  const seen = [...store.seen.ranges()]
    .map(({ first, last, origin }) => `${origin.slice(0, 1)}:${first}-${last}`)
    .join(" ");
  lines.push(`${what.padEnd(34)}${name} holds ${held || "nothing"}; seen ${seen}`);
}

function set(name: Name, key: string, value: string, ttlMs?: number): void {
  stores[name].set(key, encodeUtf8(value), ttlMs === undefined ? undefined : nowMs + ttlMs);
  const ttl = ttlMs === undefined ? "" : ` for ${ttlMs} ms`;
  note(`${nowMs} ms: ${name} sets ${key} ${value}${ttl}`, name);
}

/** One way, as an exchange does it, with all that travels. */
function send(from: Name, to: Name): void {
  const [source, target] = [stores[from], stores[to]];
  const theirs = target.seen.clone();
  const delta = source.collect(source.seen.difference(theirs), theirs, 1_000_000);
  for (const [dot, update] of delta.updates) {
    const { key, writtenAs } = update;
    const written = writtenAs === undefined ? "" : ` (written as ${short(writtenAs)})`;
    lines.push(`  ${from} → ${to}  ${short(dot)} ${key}=${textOf(update)}${written}`);
    lines.push(`           ${to}: ${target.apply(dot, update)}`);
  }
  if (!delta.covers.isEmpty) {
    lines.push(`  ${from} → ${to}  superseded: ${[...delta.covers].map(short).sort().join(" ")}`);
  }
  target.cover(delta.covers, delta.forgotten);
}

it("is what the page says", () => {
  nowMs = 1_000;
  set("p", "flag", "off");
  set("p", "load", "3", 500);
  send("p", "q");
  nowMs = 1_100;
  set("q", "flag", "on");
  set("p", "flag", "maybe");
  send("p", "q");
  send("q", "p");
  note("both have both", "p");
  note("", "q");
  nowMs = 1_500;
  stores.q.expire();
  note("1500 ms: load has expired", "q");
  stores.q.delete("flag");
  note("q deletes flag", "q");
  send("q", "r");
  note("r was away all the time", "r");
  send("q", "p");
  stable = stores.p.seen.intersection(stores.q.seen).intersection(stores.r.seen);
  // Looked for now and then; the day begins with the first look.
  stores.q.forgetStable();
  nowMs += infoDefaults.tombstoneMinMs;
  const forgotten = stores.q.forgetStable();
  note(`a day later q forgets ${forgotten} keys`, "q");
  expect(shownTrace("protocols/info-store.md", "flag")).toBe(lines.join("\n"));
});
