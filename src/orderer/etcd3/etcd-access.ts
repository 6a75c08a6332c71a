/**
 * How to come to an etcd. Told in words of its own: who uses the types of this package need not
 * have the client.
 */
export interface EtcdAccess {
  /** `host:port`, `http://…` or `https://…`: all of one kind. */
  readonly hosts: readonly string[];
  /** For TLS, as PEM. */
  readonly credentials?: {
    readonly rootCertificate: Buffer;
    readonly privateKey?: Buffer;
    readonly certChain?: Buffer;
  };
  /** Name and password, where etcd asks for them. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** Of the gRPC channels, beyond what is set here: options as @grpc/grpc-js names them. */
  readonly grpcOptions?: Readonly<Record<string, string | number>>;
}
