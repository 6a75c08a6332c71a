import type { Context } from "hono";
import { nameOfSegment } from "../../core/path-name.ts";

/** The name at `:parameter` of the route; empty where the route has none. */
export function pathName(context: Context, parameter: string): string {
  return nameOfSegment(context.req.param(parameter) ?? "");
}

/** All names of the path, by parameter. */
export function pathNames(context: Context): Readonly<Record<string, string>> {
  const given: Readonly<Record<string, string>> = context.req.param();
  return Object.fromEntries(
    Object.entries(given).map(([parameter, segment]) => [parameter, nameOfSegment(segment)]),
  );
}
