import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import { parseOrigin } from "../../core/peer.ts";
import type { Session } from "../../data/version-tree/session.ts";
import { encodeSession } from "../../data/version-tree/session-token.ts";
import { encodeContext } from "../../data/version-tree/version-context.ts";
import type { VersionRead, VersionWrite } from "../../data/version-tree/version-tree.contract.ts";
import type { VersionTree } from "../../data/version-tree/version-tree.ts";
import { checkNames } from "../infos/checks.ts";
import { checkCall, checkContext, checkText, checkWrite } from "./checks.ts";
import { siblingsOf } from "./siblings.ts";
import type { StoredValues } from "./stored-values.ts";
import type { VersionReplica } from "./version-replica.ts";
import type {
  Behind,
  VersionCallOptions,
  VersionDelete,
  VersionGet,
  VersionPut,
  VersionRefusal,
  VersionSession,
  VersionWriteOptions,
} from "./versions.api.ts";
import type { VersionsNumbers } from "./versions.options.ts";

export interface SessionPorts {
  /** What users call it. */
  readonly store: string;
  readonly replica: VersionReplica;
  readonly values: StoredValues;
  readonly numbers: VersionsNumbers;
  checkRunning(): void;
  /** Whether that life of a node is over for good, so that nobody brings what only it had. */
  isFormer(origin: string): boolean;
}

/** What a session's calls are answered with while the replica lacks something. */
interface Lacking {
  readonly status: "behind";
  readonly missing: ReadonlyDotSet;
}

type Answer<Done> = Done | Lacking;

/** One client on this node: its clock, and the waiting when the clock is ahead of the replica. */
export class NodeVersionSession implements VersionSession {
  private readonly ports: SessionPorts;
  private readonly session: Session;

  constructor(ports: SessionPorts, session: Session) {
    this.ports = ports;
    this.session = session;
  }

  async get(key: string, options: VersionCallOptions = {}): Promise<VersionGet<unknown>> {
    const { replica } = this.ports;
    checkText("a key", key);
    const limits = checkCall("get", options);
    const read = () => this.session.read(replica.tree, key);
    const now = this.attempt(read);
    const answer = isLacking(now) ? await this.attemptLater(now, limits, read) : now;
    if (answer.status === "behind") return this.behind(answer.missing);
    return { status: "ok", ...this.picture(key, answer) };
  }

  async put(
    key: string,
    value: unknown,
    given: string | VersionWriteOptions = {},
  ): Promise<VersionPut<unknown>> {
    const { store, values } = this.ports;
    const what = () => `${store} ${JSON.stringify(key)}`;
    checkText("a key", key);
    const options = checkWrite("put", given);
    const bytes = values.write(value, what);
    const answer = await this.write(key, options, (tree, request) =>
      this.session.put(tree, key, bytes, request),
    );
    if (answer.status !== "ok") return answer;
    const { context, dot, durable } = answer;
    if (dot === undefined) {
      const detail = `${what()}: that requestId was used for a delete; each request has its own.`;
      throw new HearsayError("CONFIG_OPTION", detail);
    }
    return { status: "ok", context, dot, durable };
  }

  async delete(
    key: string,
    given: string | VersionWriteOptions = {},
  ): Promise<VersionDelete<unknown>> {
    checkText("a key", key);
    const options = checkWrite("delete", given);
    return this.write(key, options, (tree, request) => this.session.delete(tree, key, request));
  }

  forget(key: string): void {
    this.session.forget(checkText("a key", key));
  }

  token(options: { readonly maxBytes?: number } = {}): string {
    checkNames("token", options, ["maxBytes"]);
    const { numbers, store } = this.ports;
    const { maxBytes = numbers.sessionTokenMaxBytes } = options;
    const token = encodeSession(this.session.state(), store, maxBytes);
    if (token !== undefined) return token;
    const detail = `what this session has seen does not fit ${maxBytes} bytes; begin a new one`;
    throw new HearsayError("VALUE_TOO_LARGE", detail);
  }

  private async write(
    key: string,
    { context: token, requestId, ...limits }: VersionWriteOptions,
    send: (
      tree: VersionTree,
      request: { readonly context?: ReadonlyDotSet; readonly requestId?: string },
    ) => Answer<VersionWrite>,
  ): Promise<VersionDelete<unknown>> {
    const { numbers, replica, store } = this.ports;
    const context = checkContext(token, { store, key, maxBytes: numbers.tokenMaxBytes });
    const request = { ...(context && { context }), ...(requestId && { requestId }) };
    const writeIt = () => replica.write((tree) => send(tree, request));
    const now = this.attempt(writeIt);
    const answer = isLacking(now) ? await this.attemptLater(now, limits, writeIt) : now;
    if (answer.status === "behind") return this.behind(answer.missing);
    if (answer.status !== "ok") return this.refusal(key, answer);
    const { dot } = answer;
    const durable = replica.isKept && (await replica.durable());
    return { status: "ok", context: encodeContext(answer.context, store, key), dot, durable };
  }

  /** Without a promise: nearly always nothing is lacking. */
  private attempt<Done>(call: () => Answer<Done>): Answer<Done> {
    this.ports.checkRunning();
    return call();
  }

  /** Waits for what the replica lacks, and tries once more. */
  private async attemptLater<Done>(
    { missing }: Lacking,
    limits: VersionCallOptions,
    call: () => Answer<Done>,
  ): Promise<Answer<Done>> {
    await this.ports.replica.untilSeen(missing, limits);
    return this.attempt(call);
  }

  private picture(key: string, { context, values }: VersionRead) {
    const { store, values: stored } = this.ports;
    const what = () => `${store} ${JSON.stringify(key)}`;
    const siblings = siblingsOf(values, (bytes) => stored.readHeld(bytes, what));
    return { ...siblings, context: encodeContext(context, store, key) };
  }

  private refusal(
    key: string,
    { status, ...read }: { readonly status: VersionRefusal<unknown>["status"] } & VersionRead,
  ): VersionRefusal<unknown> {
    return { status, ...this.picture(key, read) };
  }

  private behind(dots: ReadonlyDotSet): Behind {
    const missing: { from: string; count: number }[] = [];
    const gone: string[] = [];
    for (const origin of dots.origins()) {
      const from = parseOrigin(origin)?.name ?? origin;
      const ranges = dots.rangesOf(origin);
      missing.push({ from, count: ranges?.size ?? 0 });
      if (this.ports.isFormer(origin)) gone.push(origin);
    }
    const names = missing.map(({ count, from }) => `${count} of ${from}`).join(", ");
    const fix =
      gone.length === 0
        ? "try again, or go to a replica that has them"
        : `${gone.join(", ")} will not come back: what only it had is lost, and forget(key) helps`;
    return { status: "behind", missing, hint: `writes are missing here, ${names}; ${fix}` };
  }
}

function isLacking<Done>(answer: Answer<Done>): answer is Lacking {
  return typeof answer === "object" && answer !== null && "missing" in answer;
}
