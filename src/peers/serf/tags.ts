import { HearsayError } from "../../core/errors.ts";
import type { SerfContext } from "./context.ts";

/** The meta that announces `tags`. @throws HearsayError TAGS_TOO_LARGE */
export function metaOfTags(
  { codec, options }: Pick<SerfContext, "codec" | "options">,
  tags: ReadonlyMap<string, string>,
): Uint8Array {
  const meta = codec.encodeTags(tags);
  if (meta.length <= options.tagsMaxBytes) return meta;
  throw new HearsayError(
    "TAGS_TOO_LARGE",
    `The tags take ${meta.length} bytes encoded; at most ${options.tagsMaxBytes} fit the ` +
      "announcement of a member. Shorten names or values, or keep them in the node's state.",
  );
}
