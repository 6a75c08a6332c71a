import type {
  HighWaterStamps,
  InfoMap,
  InfoRequest,
  InfoResponse,
  UnresolvedAddress,
} from "./info-network.messages.ts";
import type { NodeSeat } from "./node-seats.ts";
import { StreamSide } from "./stream-side.ts";

const NOTHING: InfoMap = new Map();
const NO_STAMPS: HighWaterStamps = new Map();

/** The end of whoever was dialled. [infostore §5, server side] */
export class IncomingStream extends StreamSide {
  /** Where whoever dialled can be dialled; empty when it did not say. */
  address = "";
  /** Given when it was let in. */
  seat: NodeSeat | undefined;
  standing: "guest" | "admitted" | "loop" | "refused" = "guest";
  private hasReplied = false;

  /** Takes what the request brings, and answers. */
  onRequest(request: InfoRequest): void {
    const isFirst = !this.hasReplied;
    this.hear(request.nodeId, request.highWaterStamps);
    this.combine(request.delta);
    const { nodeId } = this.context.self;
    const hasNothingOfOurs = isFirst && !request.highWaterStamps.has(nodeId);
    if (request.delta.size > 0 || hasNothingOfOurs) this.regain(request.delta);
    if (isFirst) this.listen();
    // Whoever writes and does not read gets no receipts to pile up: the next message tells all.
    else if (!this.context.streams.isWritable(this.id)) return;
    // The first reply tells all and is sent even if that is nothing; a later one is the receipt.
    this.write(isFirst ? this.takePortion() : NOTHING, this.takeStamps());
  }

  /** Says who is here, and no more: whoever dialled is this node, and will see. */
  showSelf(): void {
    this.standing = "loop";
    this.write(NOTHING, NO_STAMPS);
  }

  /** Sends whoever dialled elsewhere. Closing first would race with the word. */
  refer(address: UnresolvedAddress, nodeId: number): void {
    const { env, options } = this.context;
    this.standing = "refused";
    this.mute();
    this.respond(NOTHING, NO_STAMPS, { address, nodeId });
    env.setTimer({ kind: "grace", stream: this.id }, options.refuseGraceMs);
  }

  protected write(delta: InfoMap, highWaterStamps: HighWaterStamps): void {
    this.respond(delta, highWaterStamps);
  }

  private respond(
    delta: InfoMap,
    highWaterStamps: HighWaterStamps,
    alternate?: InfoResponse["alternate"],
  ): void {
    const { counters, self, streams } = this.context;
    this.hasReplied = true;
    counters.add("messagesSent");
    const { address, nodeId } = self;
    const response: InfoResponse = { nodeId, address, delta, highWaterStamps };
    streams.respond(this.id, alternate === undefined ? response : { ...response, alternate });
  }
}
