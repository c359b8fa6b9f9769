/** Where the emulator is, by its port. */
export interface EmulatorPort {
  readonly PORT_EMULATOR: number | string;
}

/** What an AWS SDK or the AWS CLI calls: `AWS_ENDPOINT_URL`. */
export function emulatorAddress({ PORT_EMULATOR }: EmulatorPort): string {
  return `http://127.0.0.1:${PORT_EMULATOR}`;
}

/** The API as the cloud would name it. curl and browsers know that every name under localhost is this machine. */
export function apiAddress({ PORT_EMULATOR }: EmulatorPort, apiId: string): string {
  return `http://${apiId}.execute-api.localhost:${PORT_EMULATOR}`;
}

/**
 * The API for clients that do not resolve names under localhost, Node's among them. Its `/health` is the API's own; at
 * the other address the emulator answers that one itself.
 */
export function apiPathAddress(port: EmulatorPort, apiId: string): string {
  return `${emulatorAddress(port)}/_aws/execute-api/${apiId}/$default`;
}

/** Which emulator a stack's settings lead to. */
export function emulatorPort(settings: Readonly<Record<string, string>>): EmulatorPort {
  return { PORT_EMULATOR: settings.PORT_EMULATOR ?? "" };
}
