/** A node of the info network in a process of its own: info-network-process.ts INFOS-AS-JSON */
import { type GrpcInfosChoice, startNode } from "../../src/index.ts";

const infos: GrpcInfosChoice = JSON.parse(process.argv[2] ?? "{}");
const node = await startNode({ name: `p${infos.nodeId}`, bind: "127.0.0.1:0", infos });
await node.infos.set(`life:${infos.nodeId}`, process.pid);
console.log(node.infoNetwork.address);
