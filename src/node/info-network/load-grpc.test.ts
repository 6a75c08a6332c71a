import { expect, it } from "vitest";
import { loadGrpc } from "./load-grpc.ts";

it("says which package to install", async () => {
  const load = () => Promise.reject(new Error("Cannot find package '@grpc/grpc-js'"));
  await expect(loadGrpc(load)).rejects.toThrow(
    /PACKAGE_MISSING.*via: "grpc".*npm install @grpc\/grpc-js.*Cannot find package/,
  );
});

it("loads it where it stands", async () => {
  expect((await loadGrpc()).status.UNAVAILABLE).toBe(14);
});
