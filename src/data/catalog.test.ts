import { expect, test } from "vitest";
import { resolveOptions } from "../core/options.ts";
import { dataModels } from "./catalog.ts";

test.each(Object.entries(dataModels))("%s is listed with sane defaults", (name, entry) => {
  expect(Object.keys(resolveOptions(name, entry.defaults))).toEqual(Object.keys(entry.defaults));
  expect(entry.summary).not.toBe("");
});
