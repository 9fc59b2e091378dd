/** Flags that name the files of inputs. */
import { usage, type Arguments, type Flag, type VerbSpec } from './arguments.ts';
import { INPUT_NAMES, type InputPaths } from './compose.ts';

const input = (name: string, help: string): Flag => ({ name, value: 'FILE', many: true, help });

export const INPUT_FLAGS: readonly Flag[] = [
  input('audit', 'Kubernetes audit log: NDJSON, EventList or array.'),
  input('alerts', 'Alerts of Falco, Tetragon and other sensors, JSON.'),
  input('events', 'Other security events (flows, access logs, policies), JSON.'),
  input('spans', 'OTLP traces: JSON or protobuf (.binpb).'),
  input('payments', 'Payment records: own form, Stripe, Adyen, ISO 20022, ISO 8583; JSON, XML or CSV.'),
];

/**
 * The paths that were given; none where none was.
 * @throws CounterfoilError CF_USAGE when `-` is given twice
 */
export function pathsOf(spec: VerbSpec, args: Arguments): InputPaths {
  const paths: InputPaths = { audit: [], alerts: [], events: [], spans: [], payments: [] };
  for (const name of INPUT_NAMES) paths[name] = args.all(name);
  const stdin = Object.values(paths)
    .flat()
    .filter((path) => path === '-');
  if (stdin.length > 1) throw usage(spec, '- (standard input) can be read once only');
  return paths;
}
