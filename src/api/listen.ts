/** Starts to listen where the configuration says; whether that may be is for whoever configures it to know. */
import type { ServerOptions } from 'node:https';
import { CounterfoilError } from '../model/errors.ts';
import type { AccessRules } from './access-guard.ts';
import type { Api } from './context.ts';

/** What is asked of clients before anything else. */
export interface Doorway {
  /** Null: plain HTTP. */
  tls: ServerOptions | null;
  /** Null: everybody is let in. */
  access: AccessRules | null;
  /** Whether requests must be sent to a name of this machine, see loopback.ts. */
  loopbackOnly: boolean;
}

/**
 * @param where port 0 means any free one
 * @returns the address, such as `http://127.0.0.1:8686`
 * @throws CounterfoilError CF_PORT_IN_USE; CF_CONFIG where this machine has no such address, or the port is not for us
 */
export async function listen(app: Api, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'EADDRINUSE')
      throw new CounterfoilError('CF_PORT_IN_USE', `Port ${port} on ${host} is in use. Choose another one.`);
    if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EACCES', 'EAI_AGAIN'].includes(code))
      throw new CounterfoilError(
        'CF_CONFIG',
        `Nothing can listen on port ${port} of ${host} (${code}). Name an address of this machine, such as 0.0.0.0 for all.`,
      );
    throw cause;
  }
}
