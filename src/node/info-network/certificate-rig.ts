/** Certificates for tests, made on the spot: an authority and whom it signs. Source: RFC 5280. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8 = 0x0c;
const TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const TRUE = Buffer.from("0101ff", "hex");
const VERSION_3 = Buffer.from("a003020102", "hex");
const ecdsaWithSha256 = der(SEQUENCE, der(OID, Buffer.from("2a8648ce3d040302", "hex")));
const commonName = Buffer.from("550403", "hex");
const basicConstraints = Buffer.from("551d13", "hex");
const subjectAltName = Buffer.from("551d11", "hex");

interface Identity {
  readonly name: string;
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

/** As PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  private readonly self: Identity;
  private serial = 1;

  constructor(name: string) {
    this.self = identity(name);
  }

  /** Its own certificate, as PEM. */
  get ca(): string {
    const isAuthority = der(SEQUENCE, TRUE);
    return this.certify(this.self, extension(basicConstraints, isAuthority));
  }

  /** For a node on 127.0.0.1 that goes by `name`, too. */
  issue(name: string): Credentials {
    const owner = identity(name);
    const names = der(SEQUENCE, der(0x82, Buffer.from(name)), der(0x87, Buffer.of(127, 0, 0, 1)));
    const key = owner.keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { cert: this.certify(owner, extension(subjectAltName, names)), key };
  }

  private certify(owner: Identity, extensions: Buffer): string {
    const body = der(
      SEQUENCE,
      VERSION_3,
      der(INTEGER, Buffer.of(this.serial)),
      ecdsaWithSha256,
      named(this.self.name),
      der(SEQUENCE, time("20200101000000Z"), time("20991231235959Z")),
      named(owner.name),
      owner.keys.publicKey.export({ type: "spki", format: "der" }),
      der(0xa3, der(SEQUENCE, extensions)),
    );
    this.serial += 1;
    const signature = sign("sha256", body, this.self.keys.privateKey);
    const whole = der(SEQUENCE, body, ecdsaWithSha256, der(BIT_STRING, Buffer.of(0), signature));
    const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  }
}

function identity(name: string): Identity {
  return { name, keys: generateKeyPairSync("ec", { namedCurve: "P-256" }) };
}

function named(name: string): Buffer {
  const attribute = der(SEQUENCE, der(OID, commonName), der(UTF8, Buffer.from(name)));
  return der(SEQUENCE, der(SET, attribute));
}

function time(text: string): Buffer {
  return der(TIME, Buffer.from(text));
}

function extension(oid: Buffer, value: Buffer): Buffer {
  return der(SEQUENCE, der(OID, oid), der(OCTET_STRING, value));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
