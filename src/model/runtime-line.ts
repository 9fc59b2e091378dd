/**
 * A line of a container's log as the container runtime writes it (CRI): when it was written, to which stream, whether it goes on
 * in the next line of that stream, and what was written.
 *
 * Worked example: `2026-03-10T14:00:03.001Z stdout P {"rule":"Sh` -> stream stdout, partial, content `{"rule":"Sh`.
 * Source: Kubernetes, CRI logging; reference/formats 3.12.
 */
export interface RuntimeLine {
  stream: string;
  /** The line was too long: the next one of the stream goes on with it. */
  partial: boolean;
  content: string;
}

const HEAD = /^\d{4}-\d\d-\d\dT\S{1,64} (stdout|stderr) ([FP])(?: |$)/;

/** Null: it is none. */
export function parseRuntimeLine(line: string): RuntimeLine | null {
  const [head, stream, flag] = HEAD.exec(line) ?? [];
  if (head === undefined || stream === undefined) return null;
  return { stream, partial: flag === 'P', content: line.slice(head.length) };
}
