/** Node and the limits of the process. */
import { notChecked, ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';

/** An exporter holds a connection each, and a request a file now and then. */
const PLENTY_OF_FILES = 1_024;
/** Below this the process fails at its own files and a handful of connections. */
const FEW_FILES = 256;

export const MACHINE_CHECKS: readonly Check[] = [
  { name: 'machine.node', looksFor: 'the version of Node is one that Counterfoil runs on', run: nodeVersion },
  {
    name: 'machine.open-files',
    looksFor: 'enough files and connections may be open at once',
    run: openFiles,
  },
];

function nodeVersion({ machine: { nodeVersion: version, nodeNeeded } }: Looks): Finding {
  if (Number.parseInt(version, 10) >= nodeNeeded) return ok('Node', `version ${version}`);
  return problem('Node', {
    found: `version ${version}; ${nodeNeeded} or later is needed`,
    why: 'Older versions lack the database and the compression that Counterfoil stands on.',
    toDo: `Install Node ${nodeNeeded} or later.`,
  });
}

function openFiles({ machine: { openFiles: limit } }: Looks): Finding {
  const place = 'limit of open files';
  if (limit === null) return notChecked(place, 'this system does not say');
  if (limit >= PLENTY_OF_FILES) return ok(place, limit === Infinity ? 'none' : limit.toLocaleString('en'));
  const trouble = {
    found: `${limit.toLocaleString('en')} files may be open at once`,
    why: 'Each sender holds a connection, and each connection is an open file; beyond the limit senders are refused.',
    toDo: `Raise it before the start: ulimit -n ${PLENTY_OF_FILES * 4}, or LimitNOFILE= of the service.`,
  };
  return limit < FEW_FILES ? problem(place, trouble) : warning(place, trouble);
}
