import { expect, it } from "vitest";
import { loadEtcd3 } from "./load-etcd3.ts";

it("says which package to install", async () => {
  const load = () => Promise.reject(new Error("Cannot find package 'etcd3'"));
  await expect(loadEtcd3(load)).rejects.toThrow(
    /PACKAGE_MISSING.*npm install etcd3.*Cannot find package/,
  );
});

it("loads it where it stands", async () => {
  expect(typeof (await loadEtcd3()).Etcd3).toBe("function");
});
