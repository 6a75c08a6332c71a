import { HearsayError } from "../../core/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import type { DurableStore } from "../durable/durable-ports.ts";

/** Part of a node's journal that says whose order the rest of it is of. */
const CHANNEL = "order";

/** What a data directory belongs to. */
export interface OrderName {
  readonly engine: string;
  readonly group: string;
}

/**
 * What is on a disk is of one order: under another group's name a node would begin an empty order
 * beside logs of the old one, and order their events again.
 * @throws HearsayError DATA_DIR
 */
export function keepToOneOrder(store: DurableStore, { engine, group }: OrderName): void {
  const channel = store.asideChannel(CHANNEL);
  const { snapshot, tail } = channel.takeRecovered();
  const known = tail.at(-1)?.bytes ?? snapshot;
  const bytes = encodeUtf8(`${engine}/${group}`);
  if (known === undefined) {
    // A snapshot besides, for a record alone would keep the first file of the journal for ever.
    channel.snapshot(bytes, channel.append(bytes));
    return;
  }
  const said = decodeUtf8(known);
  if (said === decodeUtf8(bytes)) return;
  const at = said.indexOf("/");
  const [oldEngine, oldGroup] = [said.slice(0, at), said.slice(at + 1)];
  const what = `the data directory holds the order "${oldGroup}" of ${oldEngine}`;
  const fix = "name that one again, or begin with another data directory";
  throw new HearsayError("DATA_DIR", `${what}, not "${group}" of ${engine}; ${fix}.`);
}
