/** The OpenAPI document, made of the schemas that requests are checked with. */
import { z } from "zod";
import { opens } from "../access/opening.ts";
import { errorAnswer } from "./answers.ts";
import { routeDocs } from "./route-catalog.ts";
import type { RouteDoc } from "./route-doc.ts";

type Json = Readonly<Record<string, unknown>>;

/** What any route may answer with. */
const COMMON: Readonly<Record<number, string>> = {
  400: "The request cannot be meant, or the node refuses it: see its code.",
  401: "ADMIN_UNAUTHORIZED: no token, or a wrong one.",
  403: "ADMIN_FORBIDDEN: a web page of others, or a token of too small a role.",
  429: "ADMIN_RATE: too many requests; Retry-After says for how long to wait.",
  503: "AGENT_STARTING, ADMIN_BUSY or NODE_STOPPED.",
};

/** What any route may answer with that takes a body, or could. */
const OF_WRITES: Readonly<Record<number, string>> = {
  413: "ADMIN_TOO_LARGE or VALUE_TOO_LARGE: less fits.",
  415: "ADMIN_CONTENT_TYPE: say Content-Type: application/json.",
  507: "STORE_FULL: a bound of the node is reached.",
};

/** … and any that opens what it names. */
const OF_OPENING: Readonly<Record<number, string>> = {
  404: "ADMIN_NOT_FOUND: who may only read opens nothing that nobody keeps.",
  507: "STORE_FULL: a bound of the node is reached.",
};

/** @returns OpenAPI 3.1, as plain JSON */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [route, doc] of Object.entries(routeDocs)) {
    const [method = "", path = ""] = route.split(" ");
    const templated = path.replaceAll(/:(\w+)/g, "{$1}");
    paths[templated] = { ...paths[templated], [method.toLowerCase()]: operation(route, doc) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Hearsay admin API",
      version,
      description:
        "Drives one node of a Hearsay cluster. See docs/admin-api.md. In a path, a name that is " +
        ". or .. is written ~. or ~.. (and ~. is ~~.).",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://127.0.0.1:7980" }],
    tags: [...new Set(Object.values(routeDocs).map(({ group }) => group))].map((name) => ({
      name,
    })),
    paths,
    components: {
      schemas: { Error: schemaOf(errorAnswer, "output") },
      responses: Object.fromEntries(
        Object.entries({ ...COMMON, ...OF_WRITES, ...OF_OPENING }).map(([status, text]) => [
          failureName(status),
          failure(text),
        ]),
      ),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation(route: string, doc: RouteDoc): Json {
  const parameters = [...pathParameters(route), ...queryParameters(doc)];
  return {
    operationId: operationId(route),
    summary: doc.summary,
    tags: [doc.group],
    // Without a token on loopback; of the roles that are enough, the smallest is told.
    security: doc.role === undefined ? [] : [{ token: [] }, {}],
    ...(doc.role !== undefined && { "x-role": doc.role }),
    ...(parameters.length > 0 && { parameters }),
    ...(doc.body !== undefined && {
      requestBody: { required: true, content: { "application/json": media(doc.body, "input") } },
    }),
    responses: responses(doc, usualOf(route)),
  };
}

/** What any route of this kind may answer with, beside what is its own. */
function usualOf(route: string): Readonly<Record<number, string>> {
  if (!route.startsWith("GET ")) return { ...COMMON, ...OF_WRITES };
  return opens(route) ? { ...COMMON, ...OF_OPENING } : COMMON;
}

function responses(
  { answer, failures = {} }: RouteDoc,
  usual: Readonly<Record<number, string>>,
): Json {
  const content =
    typeof answer === "string"
      ? { [answer]: { schema: { type: "string" } } }
      : { "application/json": media(answer, "output") };
  const common = Object.keys(usual).map((status) => {
    return [status, { $ref: `#/components/responses/${failureName(status)}` }] as const;
  });
  const own = Object.entries(failures).map(([status, text]) => [status, failure(text)] as const);
  return {
    200: { description: "As asked.", content },
    ...Object.fromEntries([...common, ...own]),
  };
}

function failure(description: string): Json {
  const schema = { $ref: "#/components/schemas/Error" };
  return { description, content: { "application/json": { schema } } };
}

function failureName(status: string): string {
  return `Failure${status}`;
}

function pathParameters(route: string): readonly Json[] {
  return [...route.matchAll(/:(\w+)/g)].map(([, name]) => {
    return { name, in: "path", required: true, schema: { type: "string" } };
  });
}

function queryParameters({ query }: RouteDoc): readonly Json[] {
  if (query === undefined) return [];
  const fields: Readonly<Record<string, z.core.$ZodType>> = query.shape;
  return Object.entries(fields).map(([name, schema]) => {
    return { name, in: "query", required: false, schema: schemaOf(schema, "input") };
  });
}

/** `GET /v1/members/:name/why` is getMembersNameWhy; `GET /metrics`, beside it, getRootMetrics. */
function operationId(route: string): string {
  const named = route.includes(" /v1/")
    ? route.replace(" /v1/", " /")
    : route.replace("/", "root/");
  const words = named.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const [first = "", ...rest] = words;
  const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
  return first.toLowerCase() + rest.map(capital).join("");
}

function media(schema: z.ZodType, io: "input" | "output"): Json {
  return { schema: schemaOf(schema, io) };
}

function schemaOf(schema: z.core.$ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return json;
}
