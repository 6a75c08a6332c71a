import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { openApiDocument } from "./open-api.ts";
import { docOf, routeDocs } from "./route-catalog.ts";

test("the document is OpenAPI 3.1", async () => {
  const document = openApiDocument("1.2.3");
  const { errors, valid } = await new Validator().validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test("what a schema allows is what the document says", () => {
  const document = JSON.stringify(openApiDocument("1.2.3"));
  expect(document).toContain('"/v1/members/{name}/why"');
  expect(document).toContain('"x-role":"admin"');
  const ids = [...document.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(Object.keys(routeDocs).length);
});

test("what changes something needs more than to read", () => {
  for (const [route, { role }] of Object.entries(routeDocs)) {
    if (!route.startsWith("GET")) expect(role, route).toMatch(/^(write|admin)$/);
  }
  expect(docOf("GET /v1/keyring")?.role).toBe("admin");
  expect(docOf("toString")).toBeUndefined();
});
