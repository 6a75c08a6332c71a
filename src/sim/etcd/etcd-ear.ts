import type {
  OrdererListener,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
} from "../../core/orderer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import type { EtcdOrderer } from "../../orderer/etcd-orderer.ts";

/** One command in its place. */
type Line = readonly [position: number, text: string];

/** What one life of a node was told: all commands, also where a state stood for some of them. */
export class EtcdEar implements OrdererListener {
  readonly lines: Line[] = [];
  problem: string | undefined;
  private readonly orderer: EtcdOrderer;
  private readonly asked = new Map<OrderRequest, (outcome: OrderOutcome) => void>();

  constructor(orderer: EtcdOrderer) {
    this.orderer = orderer;
    orderer.listen(this);
    orderer.subscribe(
      {
        onOrdered: (all) => {
          for (const { command, position } of all) this.take([position, decodeUtf8(command)]);
          if (orderer.wantsSnapshot) this.compact();
        },
        onSnapshot: (position, state) => this.restore(position, state),
      },
      0 as OrderPosition,
    );
  }

  get position(): number {
    return this.lines.at(-1)?.[0] ?? 0;
  }

  propose(text: string, onEnd: (outcome: OrderOutcome) => void): void {
    this.asked.set(this.orderer.propose(encodeUtf8(text)), onEnd);
  }

  read(onEnd: (outcome: OrderOutcome) => void): void {
    this.asked.set(this.orderer.read(), onEnd);
  }

  onOutcome(request: OrderRequest, outcome: OrderOutcome): void {
    const end = this.asked.get(request);
    if (end === undefined) this.problem ??= `request ${request} ended twice, or was never made`;
    this.asked.delete(request);
    end?.(outcome);
  }

  onStatus(): void {}

  private take(line: Line): void {
    const next = this.position + 1;
    if (line[0] !== next) this.problem ??= `${line[0]} was told where ${next} was due`;
    this.lines.push(line);
  }

  private compact(): void {
    const state = encodeUtf8(JSON.stringify(this.lines));
    this.orderer.compact(this.position as OrderPosition, state);
  }

  private restore(position: OrderPosition, state: Uint8Array | undefined): void {
    if (state === undefined) {
      this.problem ??= `the state at ${position} could not be read`;
      return;
    }
    const lines = JSON.parse(decodeUtf8(state)) as Line[];
    if (lines.at(-1)?.[0] !== position) this.problem ??= `a state at ${position} is another one`;
    this.lines.splice(0, this.lines.length, ...lines);
  }
}
