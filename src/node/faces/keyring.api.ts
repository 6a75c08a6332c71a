/** The keys that this node opens packets with, and the one that it seals with. */
export interface KeyringApi {
  /** Base64 keys of this node, primary first. */
  list(): readonly string[];
  /** From now on this node opens what is sealed with this key, too. */
  install(key: string): void;
  /** This node seals with this key from now on; it must be installed. */
  use(key: string): void;
  /** Forgets a key; not the one that it seals with. */
  remove(key: string): void;
}
