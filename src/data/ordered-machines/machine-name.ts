import { utf8ByteLength } from "../../core/text.ts";

/*
 * No options: what is refused must be the same on all nodes, whatever their users say. Another
 * number is another version of the order's contents.
 */

/** Machines behind one orderer. [because: each takes memory on every node, for ever] */
export const MACHINES_MAX_COUNT = 4_096;
/** [because: each command of the machine carries it] */
export const MACHINE_NAME_MAX_BYTES = 255;

/** `kind` or `kind/rest`. */
export function isMachineName(name: string): boolean {
  return kindOf(name) !== "" && utf8ByteLength(name) <= MACHINE_NAME_MAX_BYTES;
}

export function kindOf(name: string): string {
  const slash = name.indexOf("/");
  return slash < 0 ? name : name.slice(0, slash);
}
