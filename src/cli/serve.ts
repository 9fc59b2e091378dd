/** Waiting until the process is asked to stop. */

/** Resolves when the process gets SIGINT (Ctrl-C) or SIGTERM. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}
