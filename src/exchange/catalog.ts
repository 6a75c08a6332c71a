import { AGREEMENT_CHANNEL } from "./agreement/agreement.messages.ts";
import { agreementDefaults } from "./agreement/agreement.options.ts";
import { Agreement } from "./agreement/agreement.ts";
import { ANTI_ENTROPY_CHANNEL } from "./anti-entropy/anti-entropy.messages.ts";
import { antiEntropyDefaults } from "./anti-entropy/anti-entropy.options.ts";
import { AntiEntropy } from "./anti-entropy/anti-entropy.ts";
import { BROADCAST_CHANNEL } from "./broadcast/broadcast.messages.ts";
import { broadcastDefaults } from "./broadcast/broadcast.options.ts";
import { Broadcast } from "./broadcast/broadcast.ts";
import { DIRECT_MAIL_CHANNEL } from "./direct-mail/direct-mail.messages.ts";
import { directMailDefaults } from "./direct-mail/direct-mail.options.ts";
import { DirectMail } from "./direct-mail/direct-mail.ts";
import { FLOODING_CHANNEL } from "./flooding/flooding.messages.ts";
import { floodingDefaults } from "./flooding/flooding.options.ts";
import { Flooding } from "./flooding/flooding.ts";
import { PLUMTREE_CHANNEL } from "./plumtree/plumtree.messages.ts";
import { plumtreeDefaults } from "./plumtree/plumtree.options.ts";
import { Plumtree } from "./plumtree/plumtree.ts";
import { RUMOR_CHANNEL } from "./rumor/rumor.messages.ts";
import { rumorDefaults } from "./rumor/rumor.options.ts";
import { Rumor } from "./rumor/rumor.ts";

/**
 * Every protocol that answers "how does it travel". Adding one is a folder and a line here; a
 * number, once given, means that protocol for ever.
 */
export const exchanges = {
  broadcast: {
    /** Names its dice and its trace lines. */
    channel: "broadcast",
    /** Its channel in Hearsay's frame (`48 01 | origin | channel | body`). */
    channelNumber: BROADCAST_CHANNEL,
    summary: "Typed messages by infection with a transmit limit; large ones by mail",
    make: Broadcast,
    defaults: broadcastDefaults,
  },
  agreement: {
    channel: "agreement",
    channelNumber: AGREEMENT_CHANNEL,
    summary: "Whether this node's membership agrees with that of random peers",
    make: Agreement,
    defaults: agreementDefaults,
  },
  antiEntropy: {
    channel: "antiEntropy",
    channelNumber: ANTI_ENTROPY_CHANNEL,
    summary: "Pairs of nodes compare what they have seen, and exchange what the other lacks",
    make: AntiEntropy,
    defaults: antiEntropyDefaults,
  },
  plumtree: {
    channel: "plumtree",
    channelNumber: PLUMTREE_CHANNEL,
    summary:
      "Payloads follow trees in an overlay of few neighbours, which mend themselves by names",
    make: Plumtree,
    defaults: plumtreeDefaults,
  },
  rumor: {
    channel: "rumor",
    channelNumber: RUMOR_CHANNEL,
    summary: "What is news is told to random peers, until too many of them know it already",
    make: Rumor,
    defaults: rumorDefaults,
  },
  directMail: {
    channel: "directMail",
    channelNumber: DIRECT_MAIL_CHANNEL,
    summary: "The origin posts each update to every peer it knows, once",
    make: DirectMail,
    defaults: directMailDefaults,
  },
  flooding: {
    channel: "flooding",
    channelNumber: FLOODING_CHANNEL,
    summary: "Whoever hears an update for the first time passes it to all its neighbours",
    make: Flooding,
    defaults: floodingDefaults,
  },
} as const;
