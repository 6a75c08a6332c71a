import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import { parseOrigin } from "../../core/peer.ts";
import type { Session } from "../../data/version-tree/session.ts";
import { encodeSession } from "../../data/version-tree/session-token.ts";
import type {
  VersionRead,
  VersionRequest,
  VersionWrite,
} from "../../data/version-tree/version-tree.contract.ts";
import type { VersionTree } from "../../data/version-tree/version-tree.ts";
import { checkNames } from "../infos/checks.ts";
import { checkCall, checkContext, checkText, checkWrite } from "./checks.ts";
import { giveContext } from "./own-context.ts";
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

const noLimits: VersionCallOptions = {};
const noOptions: VersionWriteOptions = {};

/** One client on this node: its clock, and the waiting when the clock is ahead of the replica. */
export class NodeVersionSession implements VersionSession {
  private readonly ports: SessionPorts;
  private readonly session: Session;

  constructor(ports: SessionPorts, session: Session) {
    this.ports = ports;
    this.session = session;
  }

  async get(key: string, options?: VersionCallOptions): Promise<VersionGet<unknown>> {
    const { replica } = this.ports;
    checkText("a key", key);
    const limits = options === undefined ? noLimits : checkCall("get", options);
    const read = () => this.session.read(replica.tree, key);
    const now = this.attempt(read);
    const answer = isLacking(now) ? await this.attemptLater(now, limits, read) : now;
    if (answer.status === "behind") return this.behind(answer.missing);
    const got = { status: "ok", ...this.siblings(key, answer) } as const;
    giveContext(got, { context: answer.context, store: this.ports.store, key });
    return got;
  }

  async put(
    key: string,
    value: unknown,
    given?: string | VersionWriteOptions,
  ): Promise<VersionPut<unknown>> {
    const what = () => this.called(key);
    checkText("a key", key);
    const options = given === undefined ? noOptions : checkWrite("put", given);
    const bytes = this.ports.values.write(value, what);
    const writing = this.write(key, options, (tree, request) =>
      this.session.put(tree, key, bytes, request),
    );
    const answer = writing instanceof Promise ? await writing : writing;
    if (isPut(answer)) return answer;
    const detail = `${what()}: that requestId was used for a delete; each request has its own.`;
    throw new HearsayError("CONFIG_OPTION", detail);
  }

  async delete(key: string, given?: string | VersionWriteOptions): Promise<VersionDelete<unknown>> {
    checkText("a key", key);
    const options = given === undefined ? noOptions : checkWrite("delete", given);
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

  /** Without a promise where nothing is to be waited for. */
  private write(
    key: string,
    options: VersionWriteOptions,
    send: (tree: VersionTree, request: VersionRequest) => Answer<VersionWrite>,
  ): VersionDelete<unknown> | Promise<VersionDelete<unknown>> {
    const { replica } = this.ports;
    const request = this.requestOf(key, options);
    const writeIt = () => replica.write((tree) => send(tree, request));
    const now = this.attempt(writeIt);
    if (isLacking(now)) return this.writeLater(key, now, options, writeIt);
    return replica.isKept ? this.durably(key, now) : this.written(key, now, { durable: false });
  }

  private async writeLater(
    key: string,
    lacking: Lacking,
    limits: VersionCallOptions,
    writeIt: () => Answer<VersionWrite>,
  ): Promise<VersionDelete<unknown>> {
    const answer = await this.attemptLater(lacking, limits, writeIt);
    if (answer.status === "behind") return this.behind(answer.missing);
    return this.durably(key, answer);
  }

  private async durably(key: string, write: VersionWrite): Promise<VersionDelete<unknown>> {
    const { replica } = this.ports;
    const durable = write.status === "ok" && replica.isKept && (await replica.durable());
    return this.written(key, write, { durable });
  }

  private written(
    key: string,
    write: VersionWrite,
    { durable }: { readonly durable: boolean },
  ): VersionDelete<unknown> {
    if (write.status !== "ok") return this.refusal(key, write);
    const answer = { status: "ok", dot: write.dot, durable } as const;
    giveContext(answer, { context: write.context, store: this.ports.store, key });
    return answer;
  }

  private requestOf(key: string, options: VersionWriteOptions): VersionRequest {
    const { context: token, requestId } = options;
    if (token === undefined && !requestId) return {};
    const { numbers, store } = this.ports;
    const context = checkContext(token, { store, key, maxBytes: numbers.tokenMaxBytes });
    return { ...(context && { context }), ...(requestId && { requestId }) };
  }

  private called(key: string): string {
    return `${this.ports.store} ${JSON.stringify(key)}`;
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

  private siblings(key: string, { values }: VersionRead) {
    const what = () => this.called(key);
    return siblingsOf(values, (bytes) => this.ports.values.readHeld(bytes, what));
  }

  private refusal(
    key: string,
    { status, ...read }: { readonly status: VersionRefusal<unknown>["status"] } & VersionRead,
  ): VersionRefusal<unknown> {
    const refusal = { status, ...this.siblings(key, read) };
    giveContext(refusal, { context: read.context, store: this.ports.store, key });
    return refusal;
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

function isPut<V>(answer: VersionDelete<V>): answer is VersionPut<V> {
  return answer.status !== "ok" || answer.dot !== undefined;
}

function isLacking<Done>(answer: Answer<Done>): answer is Lacking {
  return typeof answer === "object" && answer !== null && "missing" in answer;
}
