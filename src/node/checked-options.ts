import { serfCodec } from "../peers/serf/serf.wire.ts";
import { Keyring } from "../wire/keyring.ts";
import { parsePlace } from "./address-text.ts";
import type { NodeOptions } from "./api.ts";
import { checkNodeOptions } from "./node-options.ts";
import { sliceOptions } from "./slice-options.ts";
import { AdvertisedMeta, type Tags, type Wire } from "./stack/advertised-meta.ts";
import type { StackOptions } from "./stack/stack.contract.ts";

/** What can be made of options before anything is opened. */
export interface CheckedOptions {
  readonly wire: Wire;
  readonly tags: Tags;
  readonly slices: StackOptions;
  readonly keyring: Keyring | undefined;
}

/**
 * @throws HearsayError CONFIG_OPTION, ADDRESS_INVALID, KEY_INVALID, TAGS_TOO_LARGE, TAG_RESERVED
 */
export function checkedOptions(options: NodeOptions): CheckedOptions {
  checkNodeOptions(options);
  const wire = options.wire ?? "serf";
  const tags = new Map(Object.entries(options.tags ?? {}));
  new AdvertisedMeta(wire, serfCodec).checkTags(tags);
  const slices = sliceOptions(options);
  const keyring = options.keys === undefined ? undefined : Keyring.parse(options.keys);
  for (const name of ["bind", "advertise"] as const) {
    const text = options[name];
    if (text !== undefined) parsePlace(text, name);
  }
  for (const text of options.join ?? []) parsePlace(text, "an address of join");
  return { wire, tags, slices, keyring };
}
