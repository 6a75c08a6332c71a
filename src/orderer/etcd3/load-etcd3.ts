import { HearsayError } from "../../core/errors.ts";

/** What this package uses of it. */
export type Etcd3Module = typeof import("etcd3");

const FIX = "an order in etcd needs the package etcd3, which cannot be loaded: npm install etcd3";

/**
 * Loaded by those nodes alone that keep their order in etcd.
 * @throws HearsayError PACKAGE_MISSING
 */
export async function loadEtcd3(load?: () => Promise<Etcd3Module>): Promise<Etcd3Module> {
  try {
    // Within a try, for bundlers take it for optional there.
    return load === undefined ? await import("etcd3") : await load();
  } catch (error) {
    const detail = `${FIX} (${error instanceof Error ? error.message : String(error)})`;
    throw new HearsayError("PACKAGE_MISSING", detail, { cause: error });
  }
}
