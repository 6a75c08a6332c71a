import { encodeBase64 } from "../../core/base64.ts";
import { decodeUtf8 } from "../../core/text.ts";
import type { InternalAnswerer } from "./answers.ts";
import type { SerfContext } from "./context.ts";
import type { KeyringPort, SerfMember, SerfStatus } from "./serf.contract.ts";
import type { KeyResponseMessage, QueryMessage, SerfMemberRecord } from "./serf.messages.ts";

const NO_KEYRING_TO_MODIFY = "No keyring to modify (encryption not enabled)";
const KEYRING_EMPTY = "Keyring is empty (encryption not enabled)";

/** A member's status as a number on the wire; 0 is "none". */
const statusNumbers: Record<SerfStatus, number> = { alive: 1, leaving: 2, left: 3, failed: 4 };

/** Answers the queries that Serf asks for itself. Source: spec section 24.5. */
export class InternalQueries implements InternalAnswerer {
  private readonly context: SerfContext;
  private readonly keyring: KeyringPort | undefined;

  constructor(context: SerfContext, keyring: KeyringPort | undefined) {
    this.context = context;
    this.keyring = keyring;
  }

  answer(query: QueryMessage): Uint8Array | undefined {
    switch (query.name) {
      case "_serf_ping":
        return undefined; // The ack is the point.
      case "_serf_conflict":
        return this.answerConflict(query);
      case "_serf_install-key":
        return this.answerKey(query, (keyring, key) => keyring.add(key));
      case "_serf_use-key":
        return this.answerKey(query, (keyring, key) => keyring.use(key));
      case "_serf_remove-key":
        return this.answerKey(query, (keyring, key) => keyring.remove(key));
      case "_serf_list-keys":
        return this.answerList(query);
      default:
        this.context.counters.add("serf.dropped.unknownInternal");
        return undefined;
    }
  }

  /** What this node believes of the name two nodes claim; it has no say about its own. */
  private answerConflict(query: QueryMessage): Uint8Array | undefined {
    const { codec, members, membership } = this.context;
    const name = decodeUtf8(query.payload);
    if (name === membership.local.name) return undefined;
    const known = members.get(name);
    const member = known === undefined ? undefined : recordOf(known);
    return codec.encode({ kind: "conflictResponse", member });
  }

  private answerKey(
    query: QueryMessage,
    change: (keyring: KeyringPort, key: Uint8Array) => string | undefined,
  ): Uint8Array | undefined {
    const { codec, counters } = this.context;
    const request = codec.decode(query.payload);
    if (request?.kind !== "keyRequest") {
      counters.add("serf.dropped.unknownInternal");
      return undefined;
    }
    const failure =
      this.keyring === undefined ? NO_KEYRING_TO_MODIFY : change(this.keyring, request.key);
    return codec.encode(keyResponse({ result: failure === undefined, message: failure ?? "" }));
  }

  private answerList(query: QueryMessage): Uint8Array {
    const { codec } = this.context;
    const keys = this.keyring?.list().map(encodeBase64) ?? [];
    const primaryKey = keys[0];
    if (primaryKey === undefined) {
      return codec.encode(keyResponse({ result: false, message: KEYRING_EMPTY }));
    }
    const cut = (kept: number): KeyResponseMessage => {
      if (kept === keys.length) return whole;
      const message = `truncated key list response, showing first ${kept} of ${keys.length} keys`;
      return { ...whole, message, keys: keys.slice(0, kept) };
    };
    const whole = { ...keyResponse({ result: true, message: "" }), keys, primaryKey };
    // By halves: a packet may hold a thousand such queries, and a ring many keys.
    let fitting = 0;
    for (let beyond = keys.length + 1; beyond - fitting > 1; ) {
      const middle = (fitting + beyond) >> 1;
      if (this.fits(query, codec.encode(cut(middle)))) fitting = middle;
      else beyond = middle;
    }
    return codec.encode(cut(fitting));
  }

  private fits(query: QueryMessage, payload: Uint8Array): boolean {
    const { codec, membership, options } = this.context;
    const { lTime, id } = query;
    const from = membership.local.name;
    const answer = codec.encode({ kind: "queryResponse", lTime, id, from, flags: 0, payload });
    return answer.length <= options.queryResponseMaxBytes;
  }
}

function keyResponse(outcome: { result: boolean; message: string }): KeyResponseMessage {
  return { kind: "keyResponse", ...outcome, keys: [], primaryKey: "" };
}

function recordOf({ name, addr, port, tags, status, vsn }: SerfMember): SerfMemberRecord {
  const [pmin = 0, pmax = 0, pcur = 0, dmin = 0, dmax = 0, dcur = 0] = vsn;
  return {
    name,
    addr,
    port,
    tags,
    status: statusNumbers[status],
    vsn: [pmin, pmax, pcur, dmin, dmax, dcur],
  };
}
