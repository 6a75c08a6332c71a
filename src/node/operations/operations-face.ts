import {
  operationUpdateBytes,
  operationUpdateCodec,
} from "../../data/operation-log/operation-log.wire.ts";
import { type DataFace, type FaceParts, replicaPorts } from "../data-face.ts";
import type { OrderedLogsFace } from "../ordered-log/ordered-logs-face.ts";
import type { SpreadWay } from "../stack/spreads.ts";
import { type RelayedKind, StoreRelays } from "../topics/store-relays.ts";
import { OPERATIONS_PREFIX, OperationBook } from "./operation-book.ts";
import type { OpenOperations } from "./operations.api.ts";
import { operationsDefaults as numbers } from "./operations.options.ts";

const relayed: RelayedKind = {
  sizeOf: operationUpdateBytes,
  codec: operationUpdateCodec,
  isSane: () => true,
};

/** Operation logs, open here or passed on for others. */
export class OperationsFace implements DataFace {
  private readonly book: OperationBook;
  private readonly relays: StoreRelays;

  constructor(parts: FaceParts, orderedLogs: () => Pick<OrderedLogsFace, "machine">) {
    const ports = replicaPorts(parts);
    this.relays = new StoreRelays({ ...ports, numbers, kind: relayed });
    const { enrolInTrees } = this.relays;
    const { stack } = parts;
    const others = {
      clock: () => stack().clock,
      links: () => stack().links,
      orderStorage: () => parts.order.storage,
      orderedLog: (name: string) => {
        parts.order.machines('operations with total: "ordered"');
        return orderedLogs().machine(name);
      },
    };
    this.book = new OperationBook({ ...ports, ...others, numbers, enrolInTrees });
  }

  get opener(): OpenOperations {
    return this.book.opener;
  }

  open(): void {
    this.book.start();
  }

  onUnknownReplica(way: SpreadWay, name: string): boolean {
    const isOurs = name.startsWith(OPERATIONS_PREFIX);
    if (isOurs) this.relays.open(way, name);
    return isOurs;
  }

  handOver(): Promise<void> {
    return this.book.handOver();
  }

  metrics(): Readonly<Record<string, number>> {
    return this.book.metrics();
  }

  close(): void {
    this.book.close();
    this.relays.close();
  }
}
