/** What tests of `node.versions` share. */
import type { HearsayNode, VersionGet, VersionPut } from "../../src/index.ts";

/** The values of what went well. */
export function valuesOf<V>(result: VersionGet<V>): readonly V[] {
  if (result.status !== "ok") throw new Error(`behind: ${result.hint}`);
  return result.values;
}

/** The context that whoever was answered so has. */
export function contextOf(result: VersionGet<unknown> | VersionPut<unknown>): string {
  if (result.status === "behind") throw new Error(`behind: ${result.hint}`);
  return result.context;
}

/** How many stand in the replica set of this store, as far as the node knows. */
export function placesCount(node: HearsayNode, store: string): number {
  return node.replicas.list(`versions/${store}`)[0]?.places.length ?? 0;
}
