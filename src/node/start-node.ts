import type { HearsayNode, NodeOptions } from "./api.ts";

/**
 * Starts a node: listens, and begins to join. Resolves when it is bound, or with `joinMin` when so
 * many addresses have answered; joins that fail are tried again in the background.
 *
 * @throws HearsayError CONFIG_OPTION, ADDRESS_INVALID, ADVERTISE_INVALID, BIND_FAILED, KEY_INVALID,
 * TAGS_TOO_LARGE, TAG_RESERVED, DATA_DIR, ABORTED
 */
export async function startNode(options: NodeOptions = {}): Promise<HearsayNode> {
  // The protocols, the codecs and protobuf are loaded by whoever starts a node, not by whoever
  // imports the package for its types or errors.
  const { launch } = await import("./launch.ts");
  return launch(options);
}
