/**
 * The packages of this folder, which users of Hearsay do not have. They are found from here alone,
 * so this file loads them; what is known of them is what the caller says it calls.
 */
import { existsSync } from "node:fs";

export const INSTALL_PEERS = "npm ci --prefix bench/peers";

/** Asks for the one that came last: an older installation lacks it. */
export function arePeersInstalled(): boolean {
  return existsSync(new URL("node_modules/scuttlebutt/package.json", import.meta.url));
}

export async function loadPeer<Known>(name: string): Promise<Known> {
  return (await import(name)) as Known;
}
