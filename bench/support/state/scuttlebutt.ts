/** npm `scuttlebutt`, of which only this is known: its Model, and the streams that join two. */
import type { Duplex } from "node:stream";
import { loadPeer } from "../../peers/load.ts";

export interface ScuttlebuttModel {
  set(key: string, value: string): void;
  get(key: string): string | undefined;
  /** Its own streams, of Node's first kind; what they carry is JSON, a line an update. */
  createStream(): Duplex;
  on(event: "update", listener: (value: unknown, at: number, source: string) => void): void;
}

export async function scuttlebuttModel(name: string): Promise<ScuttlebuttModel> {
  type Module = { readonly default: new (id: string) => ScuttlebuttModel };
  const { default: Model } = await loadPeer<Module>("scuttlebutt/model.js");
  return new Model(name);
}
