import { HearsayError } from "../../core/errors.ts";

/** What this package uses of it. */
export type MdnsModule = typeof import("multicast-dns");

const FIX = "finding nodes by mDNS needs the package multicast-dns: npm install multicast-dns";

/**
 * Loaded by those nodes alone that look for others on their local network.
 * @throws HearsayError PACKAGE_MISSING
 */
export async function loadMdns(
  load?: () => Promise<{ readonly default: MdnsModule }>,
): Promise<MdnsModule> {
  try {
    // Within a try, for bundlers take it for optional there.
    return (load === undefined ? await import("multicast-dns") : await load()).default;
  } catch (error) {
    const detail = `${FIX} (${error instanceof Error ? error.message : String(error)})`;
    throw new HearsayError("PACKAGE_MISSING", detail, { cause: error });
  }
}
