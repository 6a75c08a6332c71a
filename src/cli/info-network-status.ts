import type { InfoLinkAnswer, InfoNetworkAnswer } from "../agent/routes/info-network.messages.ts";
import { type CliIo, colorsOf, printLine } from "./cli-io.ts";
import { printable } from "./printable.ts";
import { tablePrinter } from "./table.ts";

const MS_A_SECOND = 1_000;

/** The info network as an agent sees it, for people. */
export async function printInfoNetwork(io: CliIo, answer: InfoNetworkAnswer): Promise<void> {
  const { clusterId, condition, connectivity, infosCount, nodeId, nodes, sentinel } = answer;
  const { sentinelNodeId } = connectivity;
  const colors = colorsOf(io.out, io.env);
  const holder = sentinelNodeId === 0 ? "nobody that is known" : `node ${sentinelNodeId}`;
  printLine(io, `node ${nodeId} at ${printable(answer.address)} is ${shown(condition)}`);
  printLine(io, `cluster  ${clusterId ?? "not known yet"}`);
  printLine(io, `sentinel ${sentinel === "hold" ? "held here" : `held by ${holder}`}`);
  printLine(io, `infos    ${infosCount} of ${nodes.length} nodes`);
  printLine(
    io,
    `links    at most ${answer.linksMaxCount} each way, ${answer.refusedCount} sent on`,
  );
  if (answer.nodeIdTakenBy !== undefined) {
    const double = printable(answer.nodeIdTakenBy);
    printLine(io, `WARNING  ${double} goes by id ${nodeId} too: stop one of the two`);
  }
  const links = [
    ...answer.outgoing.map((link) => row("out", link)),
    ...answer.incoming.map((link) => row("in", link)),
  ];
  if (links.length === 0) return printLine(io, "\nNo link stands.");
  const print = await tablePrinter(colors);
  printLine(io, "");
  printLine(io, print(["LINK", "NODE", "ADDRESS", "AGE", "INFOS OUT", "INFOS IN", "BYTES"], links));
}

function shown(condition: InfoNetworkAnswer["condition"]): string {
  return condition === "connected" ? "connected" : "STALLED: nothing is heard of the sentinel";
}

function row(way: string, link: InfoLinkAnswer): readonly string[] {
  const { address, ageMs, bytesReceived, bytesSent, infosReceived, infosSent, nodeId } = link;
  return [
    way,
    nodeId === 0 ? "?" : String(nodeId),
    printable(address),
    `${Math.floor(ageMs / MS_A_SECOND)} s`,
    String(infosSent),
    String(infosReceived),
    String(bytesSent + bytesReceived),
  ];
}
