import path from "node:path";
import {
  type ClientSession,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  UserTokenType,
} from "node-opcua";

/** A client of node-opcua with a session, for looking at a server from outside. */
export interface TestSession {
  readonly client: OPCUAClient;
  readonly session: ClientSession;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly endpoint: string;
  /** Folder of the client's certificate. */
  readonly folder: string;
  readonly user: string;
  readonly password: string;
  readonly securityMode?: MessageSecurityMode;
}

/** Connects once, without trying again, and logs in. */
export async function openSession(options: SessionOptions): Promise<TestSession> {
  const certificates = new OPCUACertificateManager({
    rootFolder: path.join(options.folder, "client-pki"),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  });
  await certificates.initialize();
  const securityMode = options.securityMode ?? MessageSecurityMode.SignAndEncrypt;
  const client = OPCUAClient.create({
    applicationName: "test",
    clientCertificateManager: certificates,
    securityMode,
    securityPolicy: securityMode === MessageSecurityMode.None ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
    endpointMustExist: false,
    connectionStrategy: {maxRetry: 0},
  });
  const close = async () => {
    await client.disconnect();
    await certificates.dispose();
  };
  try {
    await client.connect(options.endpoint);
    const session = await client.createSession({
      type: UserTokenType.UserName,
      userName: options.user,
      password: options.password,
    });
    return {
      client,
      session,
      close: () =>
        session
          .close()
          .catch(() => undefined)
          .then(close),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
