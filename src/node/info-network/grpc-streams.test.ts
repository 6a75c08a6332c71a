import { connect, createServer } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { afterEach, expect, it } from "vitest";
import { eventually } from "../../testing/test-api.ts";
import { Authority } from "./certificate-rig.ts";
import { aRequest, aResponse, type RigEnd, type RigWish, rigEnd } from "./grpc-rig.ts";
import { endOfCode } from "./stream-ends.ts";

const ends: RigEnd[] = [];

async function begin(wish?: RigWish): Promise<RigEnd> {
  const end = await rigEnd(wish);
  ends.push(end);
  return end;
}

afterEach(async () => {
  await Promise.all(ends.splice(0).map(({ streams }) => streams.stop()));
});

/** A stream between two ends, both ids. */
async function linked(from: RigEnd, to: RigEnd) {
  const dialled = from.streams.dial(to.address);
  from.streams.request(dialled, aRequest(7));
  const { stream: accepted } = await to.hearer.next("accepted");
  await to.hearer.next("request");
  return { dialled, accepted };
}

it("carries requests one way and responses the other, in order", async () => {
  const [client, server] = [await begin(), await begin()];
  const { accepted, dialled } = await linked(client, server);
  for (let nodeId = 1; nodeId <= 50; nodeId += 1) {
    client.streams.request(dialled, aRequest(nodeId));
    server.streams.respond(accepted, aResponse(nodeId));
  }
  for (let nodeId = 1; nodeId <= 50; nodeId += 1) {
    expect((await server.hearer.next("request")).message).toEqual(aRequest(nodeId));
    expect((await client.hearer.next("response")).message).toEqual(aResponse(nodeId));
  }
  expect(client.streams.bytesOf(dialled).sent).toBeGreaterThan(0);
  expect(server.streams.bytesOf(accepted).received).toBe(client.streams.bytesOf(dialled).sent);
});

it("ends with a status that the other side hears, after what was sent", async () => {
  const [client, server] = [await begin(), await begin()];
  const { accepted, dialled } = await linked(client, server);
  server.streams.respond(accepted, aResponse(3, 200_000));
  server.streams.end(accepted, "FAILED_PRECONDITION", "another cluster");
  expect((await client.hearer.next("response")).message.nodeId).toBe(3);
  expect(await client.hearer.next("end")).toMatchObject({
    stream: dialled,
    why: "FAILED_PRECONDITION",
  });
  expect(server.hearer.heard).toEqual([]);
  await released(client, server);
});

it("lets a client go that has nothing more to say", async () => {
  const [client, server] = [await begin(), await begin()];
  const { accepted, dialled } = await linked(client, server);
  client.streams.request(dialled, aRequest(9));
  client.streams.end(dialled, "ALREADY_EXISTS");
  expect((await server.hearer.next("request")).message.nodeId).toBe(9);
  expect(await server.hearer.next("end")).toMatchObject({ stream: accepted, why: "ok" });
  expect(client.hearer.heard).toEqual([]);
  await released(client, server);
});

it("tells that nobody is there, and that an address is none", async () => {
  const [client, gone] = [await begin(), await begin()];
  await gone.streams.stop();
  for (const address of [gone.address, "unix:/run/x.sock", "xds:///a:1", "a/b:1", "h:0", ""]) {
    const stream = client.streams.dial(address);
    client.streams.request(stream, aRequest(1));
    expect(await client.hearer.next("end")).toMatchObject({ stream, why: "UNAVAILABLE" });
  }
  await released(client, gone);
});

it("tells when a node stops, and its port is free at once", async () => {
  const [client, server] = [await begin(), await begin()];
  const { dialled } = await linked(client, server);
  await server.streams.stop();
  expect(await client.hearer.next("end")).toMatchObject({ stream: dialled, why: "UNAVAILABLE" });
  expect(server.streams.counts).toEqual({ streams: 0, connections: 0 });
  const again = createServer();
  const port = Number(server.address.split(":")[1]);
  await new Promise<void>((resolve, reject) => {
    again.once("error", reject);
    again.listen(port, "127.0.0.1", resolve);
  });
  again.close();
});

it("is not writable while nobody reads, writable again when they do, and bounded", async () => {
  const options = { writeAheadBytes: 300_000, queueMaxBytes: 1_500_000 };
  const [client, server] = [await begin(), await begin({ options })];
  // A client that does not read, and one message that says that it is there.
  const raw = new grpc.Client(client.address, grpc.credentials.createInsecure());
  raw.close();
  const silent = new grpc.Client(server.address, grpc.credentials.createInsecure());
  const path = "/cockroach.gossip.Gossip/Gossip";
  const call = silent.makeBidiStreamRequest(path, Buffer.from, Buffer.from);
  call.on("error", () => {});
  call.write(new Uint8Array(0));
  const { stream } = await server.hearer.next("accepted");
  let sentCount = 0;
  while (server.streams.isWritable(stream)) {
    server.streams.respond(stream, aResponse(1, 100_000));
    sentCount += 1;
    if (sentCount > 200) throw new Error("it is writable for ever");
    await new Promise(setImmediate);
  }
  call.resume();
  await server.hearer.next("writable");
  expect(server.streams.isWritable(stream)).toBe(true);
  call.pause();
  // Who does not ask is cut off.
  for (let at = 0; at < 40; at += 1) server.streams.respond(stream, aResponse(1, 100_000));
  expect(await server.hearer.next("end")).toMatchObject({ why: "RESOURCE_EXHAUSTED" });
  expect(server.counted.get("streamOverflow")).toBe(1);
  await released(server);
  silent.close();
});

it("cuts off a reader that does not take the end", async () => {
  const options = { endGraceMs: 50 };
  const server = await begin({ options });
  const silent = new grpc.Client(server.address, grpc.credentials.createInsecure());
  const path = "/cockroach.gossip.Gossip/Gossip";
  const call = silent.makeBidiStreamRequest(path, Buffer.from, Buffer.from);
  const failed = new Promise((resolve) => call.on("status", resolve));
  call.on("error", () => {});
  call.write(new Uint8Array(0));
  const { stream } = await server.hearer.next("accepted");
  for (let at = 0; at < 10; at += 1) server.streams.respond(stream, aResponse(1, 500_000));
  server.streams.end(stream, "RESOURCE_EXHAUSTED", "too slow");
  await released(server);
  call.resume();
  await failed;
  silent.close();
});

it("ends a stream whose message is none, with the reason", async () => {
  const server = await begin();
  const raw = new grpc.Client(server.address, grpc.credentials.createInsecure());
  const path = "/cockroach.gossip.Gossip/Gossip";
  const call = raw.makeBidiStreamRequest(path, Buffer.from, Buffer.from);
  const status = new Promise<grpc.StatusObject>((resolve) => call.on("status", resolve));
  call.on("error", () => {});
  call.resume();
  call.write(Buffer.from("2a0101", "hex"));
  expect(await status).toMatchObject({
    code: grpc.status.INVALID_ARGUMENT,
    details: "a cluster id has 16 bytes, not 1",
  });
  expect(await server.hearer.next("end")).toMatchObject({ why: "INVALID_ARGUMENT" });
  expect(server.counted.get("messagesRefused")).toBe(1);
  await released(server);
  raw.close();
});

it("refuses messages and streams beyond its bounds", async () => {
  const options = { messageMaxBytes: 10_000, streamsMaxCount: 2 };
  const [client, server] = [await begin(), await begin({ options })];
  const { dialled } = await linked(client, server);
  client.streams.request(dialled, aRequest(1, 20_000));
  expect((await client.hearer.next("end")).why).toBe("RESOURCE_EXHAUSTED");
  await server.hearer.next("end");
  await released(client, server);
  await linked(client, server);
  await linked(client, server);
  const third = client.streams.dial(server.address);
  client.streams.request(third, aRequest(1));
  const refused = { stream: third, why: "RESOURCE_EXHAUSTED" };
  expect(await client.hearer.next("end")).toMatchObject(refused);
  expect(server.counted.get("streamsRefused")).toBe(1);
});

it("bounds connections: silent ones give way, those with streams do not", async () => {
  const server = await begin({ options: { connectionsMaxCount: 3 } });
  const [one, two] = [await begin(), await begin()];
  await linked(one, server);
  const [host, port] = server.address.split(":");
  const silent = async () => {
    const socket = connect(Number(port), host);
    socket.on("error", () => {});
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
    socket.resume();
    await new Promise<void>((resolve) => socket.on("connect", () => resolve()));
    return { closed };
  };
  const [first, second] = [await silent(), await silent()];
  const third = await silent();
  await first.closed;
  expect(server.streams.counts.connections).toBe(3);
  await linked(two, server);
  await second.closed;
  await linked(two, server);
  await third.closed;
  // Three with streams: nobody gives way any more.
  const fourth = await silent();
  await fourth.closed;
  expect(server.counted.get("connectionsRefused")).toBe(1);
  expect(server.streams.counts).toEqual({ streams: 3, connections: 3 });
  expect(one.hearer.heard).toEqual([]);
});

it("speaks under the name that it is given alone", async () => {
  const packageName = "my.own.gossip";
  const [client, server] = [await begin({ packageName }), await begin({ packageName })];
  await linked(client, server);
  const other = await begin();
  const stream = other.streams.dial(server.address);
  expect(await other.hearer.next("end")).toMatchObject({ stream, why: "UNAVAILABLE" });
  await expect(begin({ packageName: "a/b" })).rejects.toThrow(/CONFIG_OPTION.*packageName/);
});

it("with certificates lets in whom its authority has signed, and nobody else", async () => {
  const authority = new Authority("ours");
  const { ca } = authority;
  const [client, server] = [
    await begin({ tls: { ca, ...authority.issue("one") } }),
    await begin({ tls: { ca, ...authority.issue("two") } }),
  ];
  await linked(client, server);
  const plain = await begin();
  const foreign = new Authority("ours");
  const forged = await begin({ tls: { ca, ...foreign.issue("one") } });
  const trusting = await begin({ tls: { ca: foreign.ca, ...authority.issue("three") } });
  for (const stranger of [plain, forged, trusting]) {
    const stream = stranger.streams.dial(server.address);
    stranger.streams.request(stream, aRequest(1));
    expect(await stranger.hearer.next("end")).toMatchObject({ stream, why: "UNAVAILABLE" });
  }
  expect(server.hearer.heard).toEqual([]);
});

it("with one name for all certificates asks for that, whatever was dialled", async () => {
  const authority = new Authority("ours");
  const { ca } = authority;
  const tls = { ca, ...authority.issue("gossip.internal"), serverName: "gossip.internal" };
  const [client, server] = [await begin({ tls }), await begin({ tls })];
  await linked(client, server);
  const other = await begin({ tls: { ca, ...authority.issue("other") } });
  const stream = client.streams.dial(other.address);
  client.streams.request(stream, aRequest(1));
  expect(await client.hearer.next("end")).toMatchObject({ stream, why: "UNAVAILABLE" });
});

it("is not harmed by bytes that are no HTTP/2", async () => {
  const server = await begin();
  const [host, port] = server.address.split(":");
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const garbage = [
    "",
    "GET / HTTP/1.1\r\n\r\n",
    "\u0000".repeat(5_000),
    `${preface}${"x".repeat(99)}`,
  ];
  for (const text of garbage) {
    const socket = connect(Number(port), host);
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.resume();
    socket.end(text);
    await closed;
  }
  await linked(await begin(), server);
});

it("says which port is taken", async () => {
  const server = await begin();
  const port = Number(server.address.split(":")[1]);
  const second = await begin();
  await expect(second.streams.listen({ host: "127.0.0.1", port })).rejects.toThrow();
});

it("knows the ends that mean something, and takes others as a break", () => {
  expect([0, 3, 6, 8, 9, 14, 1, 2, 13, 99].map(endOfCode)).toEqual([
    "ok",
    "INVALID_ARGUMENT",
    "ALREADY_EXISTS",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    ...Array.from({ length: 5 }, () => "UNAVAILABLE"),
  ]);
});

/** Resolves when nothing of any stream is left at these ends. */
async function released(...those: readonly RigEnd[]): Promise<void> {
  const isNothingLeft = () => those.every(({ streams }) => streams.counts.streams === 0);
  await eventually(isNothingLeft, "the end of all streams", 20_000);
}
