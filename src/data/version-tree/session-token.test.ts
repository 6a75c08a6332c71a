import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { encodeUtf8 } from "../../core/text.ts";
import { Session } from "./session.ts";
import { decodeSession, encodeSession } from "./session-token.ts";
import { rig, send } from "./version-tree-rig.ts";

const text = (value: string): Uint8Array => encodeUtf8(value);
const [a, b] = [makeOrigin("a", 1), makeOrigin("b", 1)];
const tokenOf = (session: Session, maxBytes = 65_536): string =>
  encodeSession(session.state(), "cart", maxBytes) ?? "none";

function restored(token: string): Session {
  const state = decodeSession(token, "cart");
  if (state === undefined) throw new Error("no session");
  return Session.restore(state);
}

describe("a session's token", () => {
  it("takes what it has seen to another process, with what it asks for", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    const session = new Session();
    session.put(one, "k", text("1"));
    const token = tokenOf(session);
    expect(restored(token).read(other, "k").status).toBe("behind");
    expect(restored(token).read(other, "j").status).toBe("ok");
    send(one, other);
    expect(restored(token).read(other, "k").status).toBe("ok");
    expect(tokenOf(restored(token))).toBe(token);
    const lax = new Session(["monotonic-reads"]);
    lax.put(one, "l", text("2"));
    expect(restored(tokenOf(lax)).read(rig(b).tree, "l").status).toBe("ok");
  });

  it("asks for more, never for less, where it has no room for all keys", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    const session = new Session();
    for (let key = 0; key < 200; key += 1) session.put(one, `key-${key}`, text("1"));
    const whole = tokenOf(session);
    const short = tokenOf(session, 400);
    expect([whole.length > 4_000, short.length <= 400]).toEqual([true, true]);
    expect(restored(whole).read(other, "another").status).toBe("ok");
    for (const key of ["key-0", "key-199", "another"]) {
      expect(restored(short).read(other, key).status).toBe("behind");
    }
    send(one, other);
    expect(restored(short).read(other, "key-0").status).toBe("ok");
    expect(session.keysCount).toBe(200);
  });

  it("closes the gaps of its frontier, or does without", () => {
    const frontier = new DotSet();
    for (let seq = 1; seq < 400; seq += 2) frontier.add({ origin: a, seq });
    const state = { guarantees: [], frontier, keys: [] };
    const token = encodeSession(state, "cart", 40) ?? "none";
    expect(decodeSession(token, "cart")?.frontier.contains(frontier)).toBe(true);
    expect(frontier.rangesCount).toBe(200);
    expect(encodeSession(state, "cart", 8)).toBeUndefined();
  });

  it("is nothing when it was changed, cut short or meant for another store", () => {
    const session = new Session();
    const { tree } = rig(a);
    for (const key of ["k", "j"]) session.put(tree, key, text(key));
    const token = tokenOf(session);
    expect(decodeSession(token, "card")).toBeUndefined();
    const random = Random.derive(1, "token");
    for (let time = 0; time < 500; time += 1) {
      const at = random.below(token.length);
      const letter = "AZaz09-_".charAt(random.below(8));
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      if (changed !== token) expect(decodeSession(changed, "cart")).toBeUndefined();
      expect(decodeSession(token.slice(0, at), "cart")).toBeUndefined();
    }
  });
});
