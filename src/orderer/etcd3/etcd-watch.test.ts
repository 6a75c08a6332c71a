import { expect, it } from "vitest";
import { changeOf } from "./etcd-watch.ts";

const kv = {
  key: Buffer.from("a/leader"),
  value: Buffer.from("who"),
  create_revision: "7",
  mod_revision: "9",
  version: "2",
  lease: "0",
};

it("tells what was written from what was deleted", () => {
  const item = { key: "a/leader", value: kv.value, createdAt: 7, modifiedAt: 9 };
  expect(changeOf({ kv, type: "Put" })).toEqual({ kind: "put", item });
  const deleted = { kind: "delete", key: "a/leader", revision: 9 };
  expect(changeOf({ kv, type: "Delete" })).toEqual(deleted);
});
