import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { copiesOf, counterNames } from "./duplicates.ts";

const contract = (path: string): string =>
  readFileSync(
    fileURLToPath(new URL(`../../../../../src/exchange/${path}`, import.meta.url)),
    "utf8",
  );

test("copies are told of protocols that count them, once anything came", () => {
  const metrics = {
    "broadcast.accepted": 3,
    "broadcast.unknownTag": 2,
    "broadcast.dropped.known": 5,
    "plumtree.news": 0,
  };
  expect(copiesOf(metrics, "broadcast")).toEqual({ news: 5, copies: 5 });
  expect(copiesOf(metrics, "plumtree")).toBeUndefined();
  expect(copiesOf(metrics, "swim")).toBeUndefined();
});

test("every counter that is looked for is one that an exchange has", () => {
  const folders = { broadcast: "broadcast", plumtree: "plumtree", rumor: "rumor" } as const;
  const texts = [...Object.keys(folders), "anti-entropy"].map((folder) =>
    contract(`${folder}/${folder}.contract.ts`),
  );
  for (const name of [...counterNames("news"), ...counterNames("copies")]) {
    expect(
      texts.some((text) => text.includes(`| "${name}"`)),
      name,
    ).toBe(true);
  }
});
