import { HearsayError } from "../../core/errors.ts";
import type { KeyringPort } from "../../peers/serf/serf.contract.ts";
import { type Keyring, parseKey } from "../../wire/keyring.ts";
import type { KeyringApi } from "../api.ts";

/** This node's own keys. A node started without any cannot be given one while it runs. */
export class NodeKeyring implements KeyringApi {
  private readonly keyring: Keyring | undefined;

  constructor(keyring: Keyring | undefined) {
    this.keyring = keyring;
  }

  list(): readonly string[] {
    return this.keyring?.list() ?? [];
  }

  install(key: string): void {
    this.ring.add(parseKey(key));
  }

  use(key: string): void {
    this.ring.use(this.known(key));
  }

  remove(key: string): void {
    this.ring.remove(this.known(key));
  }

  private known(key: string): Uint8Array {
    const bytes = parseKey(key);
    if (this.ring.has(bytes)) return bytes;
    throw new HearsayError("KEY_UNKNOWN", "the keyring does not hold this key; install it first");
  }

  private get ring(): Keyring {
    if (this.keyring !== undefined) return this.keyring;
    const detail = "encryption is off; start the node with keys: [key]";
    throw new HearsayError("KEY_UNKNOWN", detail);
  }
}

/** The same keys for Serf's key queries, which change them from afar. */
export function keyringPort(keyring: Keyring): KeyringPort {
  const attempt = (change: () => void): string | undefined => {
    try {
      change();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return {
    list: () => keyring.installed.map((key) => key.bytes),
    add: (key) => attempt(() => keyring.add(key)),
    use: (key) => attempt(() => keyring.use(key)),
    remove: (key) => attempt(() => keyring.remove(key)),
  };
}
