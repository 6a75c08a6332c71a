import { HearsayError } from "../../core/errors.ts";
import { errorText } from "../error-text.ts";

/** What this package uses of it. */
export type Grpc = typeof import("@grpc/grpc-js");

const FIX =
  'infos: { via: "grpc" } speaks by way of @grpc/grpc-js, which cannot be loaded: ' +
  "npm install @grpc/grpc-js";

/**
 * Loaded by those nodes alone that speak gRPC.
 * @throws HearsayError PACKAGE_MISSING
 */
export async function loadGrpc(load?: () => Promise<Grpc>): Promise<Grpc> {
  try {
    // Within a try, for bundlers take it for optional there.
    return load === undefined ? await import("@grpc/grpc-js") : await load();
  } catch (error) {
    const detail = `${FIX} (${errorText(error)})`;
    throw new HearsayError("PACKAGE_MISSING", detail, { cause: error });
  }
}
