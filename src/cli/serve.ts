/** Serving on the loopback interface until the process is asked to stop. */
import { CounterfoilError } from '../model/errors.ts';

/** What is used of a server. */
interface Listening {
  listen(options: { host: string; port: number }): Promise<string>;
}

/**
 * Listens on 127.0.0.1.
 * @returns the address, such as `http://127.0.0.1:8686`
 * @throws CounterfoilError CF_PORT_IN_USE
 */
export async function listenOnLoopback(server: Listening, port: number): Promise<string> {
  try {
    return await server.listen({ host: '127.0.0.1', port });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error;
    throw new CounterfoilError(
      'CF_PORT_IN_USE',
      `Port ${port} on 127.0.0.1 is in use; take another with --http-port N (0: any free one).`,
    );
  }
}

/** Resolves when the process gets SIGINT (Ctrl-C) or SIGTERM. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
