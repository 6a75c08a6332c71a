/** Requests made of the OpenAPI document: each route, asked for by anybody, in any way. */
import fc from "fast-check";
import type { AdminRole } from "../../../src/agent/access/admin-tokens.ts";
import { openApiDocument } from "../../../src/agent/openapi/open-api.ts";
import { docOf, routeDocs } from "../../../src/agent/openapi/route-catalog.ts";
import { nearly, type Schema, texts } from "./from-schema.ts";

export type Asker = AdminRole | "nobody" | "guesser";

export interface Asked {
  /** `GET /v1/status`. */
  readonly route: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly asker: Asker;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: Schema; in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly responses: Readonly<Record<string, unknown>>;
}

const document: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> } =
  JSON.parse(JSON.stringify(openApiDocument("0.0.0")));

function operationOf(route: string): Operation {
  const [method = "", path = ""] = route.split(" ");
  const found = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
  if (found === undefined) throw new Error(`${route} is not in the document`);
  return found;
}

export function documentedStatuses(route: string): readonly number[] {
  return Object.keys(operationOf(route).responses).map(Number);
}

/** Where they lead elsewhere than to a route: those are asked for by paths of their own. */
const steps = new Set(["", ".", "..", "%2e", "%2E"]);
const segments = texts.filter((text) => !steps.has(text) && isText(text));

/** Half a surrogate cannot stand in a path. */
function isText(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

const oddHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.constantFrom<Readonly<Record<string, string>>>(
    { "content-type": "text/plain" },
    { "content-type": "application/json; charset=utf-8" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "last-event-id": "AAAAAAAAAAAAAAAA.1" },
    { "last-event-id": "\u00ff" },
    { "content-length": "999999999" },
    { origin: "http://evil.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { host: "evil.example" },
    { "x-http-method-override": "DELETE" },
    { "accept-encoding": "gzip" },
    { range: "bytes=0-0" },
  ),
);

const askers: fc.Arbitrary<Asker> = fc.constantFrom(
  "admin",
  "admin",
  "admin",
  "write",
  "read",
  "nobody",
  "guesser",
);

/** Promoting a stranger is waited for, for ten seconds: not here. */
export const quickRoutes = Object.keys(routeDocs).filter((route) => !route.endsWith("/promote"));

export const requests: fc.Arbitrary<Asked> = fc
  .constantFrom(...quickRoutes)
  .chain((route) => requestsOf(route));

/** Those of one route, by anybody. */
export function requestsOf(route: string): fc.Arbitrary<Asked> {
  const { parameters = [], requestBody } = operationOf(route);
  const [method = "", template = ""] = route.split(" ");
  const names = [...template.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const query = parameters.filter((one) => one.in === "query");
  const schema = requestBody?.content["application/json"]?.schema;
  const bodies: fc.Arbitrary<string | undefined> =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { weight: 8, arbitrary: nearly(schema).map((value) => JSON.stringify(value)) },
          fc.constantFrom("", "{", "nul", "[[[[", '{"value":1}}', "\ufeff{}", '"'),
        );
  return fc
    .record({
      asker: askers,
      odd: oddHeaders,
      body: bodies,
      values: fc.tuple(...names.map(() => segments)),
      query: nearly({
        type: "object",
        properties: Object.fromEntries(query.map((one) => [one.name, one.schema])),
        required: [],
      }),
    })
    .map(({ asker, body, odd, query: wish, values }) => {
      const path = names.reduce((text, name, at) => {
        return text.replace(`:${name}`, () => encodeURIComponent(values[at] ?? "x"));
      }, template);
      const type = method === "GET" ? {} : { "content-type": "application/json" };
      const headers = { ...type, ...odd };
      return { route, method, path: path + queryText(wish), asker, headers, body };
    });
}

function queryText(wish: unknown): string {
  if (typeof wish !== "object" || wish === null) return "";
  const pairs = Object.entries(wish).flatMap(([name, value]): [string, string][] => {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((one) => [name, typeof one === "string" ? one : JSON.stringify(one)]);
  });
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs).toString()}`;
}

/** Methods and paths that nobody has written down. */
export const strays: fc.Arbitrary<Asked> = fc
  .record({
    method: fc.constantFrom("GET", "HEAD", "OPTIONS", "PATCH", "PUT", "DELETE", "POST", "BREW"),
    path: fc.oneof(
      fc.webPath(),
      fc.constantFrom(...Object.keys(routeDocs).map((route) => route.split(" ")[1] ?? "/")),
      fc.constantFrom(
        "/assets/..%2f..%2fpackage.json",
        "/assets/%2e%2e/%2e%2e/package.json",
        "/assets/....//package.json",
        "/assets/index.html%00.js",
        "/playground/../v1/leave",
        "//evil.example/v1/status",
        "/v1//status",
        "/v1/status/",
        "/V1/STATUS",
      ),
    ),
    asker: askers,
    odd: oddHeaders,
  })
  .map(({ asker, method, odd, path }) => ({
    route: "",
    method,
    path,
    asker,
    headers: { "content-type": "application/json", ...odd },
    body: method === "GET" || method === "HEAD" ? undefined : "{}",
  }));

export function roleOf(route: string): AdminRole | undefined {
  return docOf(route)?.role;
}
