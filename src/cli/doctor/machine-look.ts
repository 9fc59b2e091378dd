/** Looks at the process and the machine: Node, limits, whether its clock is kept right. */
import { existsSync, readFileSync } from 'node:fs';

export interface MachineLook {
  platform: string;
  nodeVersion: string;
  /** The least major version that package.json asks for. */
  nodeNeeded: number;
  /** Files that may be open at once; null where the system does not say; Infinity: as many as one likes. */
  openFiles: number | null;
  /** Null: it cannot be told here. */
  clockSynchronised: boolean | null;
}

/** What systemd-timesyncd leaves when the clock was set; nothing comparable can be read of other programs without asking them. */
const TIMESYNC = '/run/systemd/timesync';

export function lookAtMachine(): MachineLook {
  return {
    platform: process.platform,
    nodeVersion: process.versions.node,
    nodeNeeded: nodeNeeded(),
    openFiles: openFiles(),
    clockSynchronised: existsSync(TIMESYNC) ? existsSync(`${TIMESYNC}/synchronized`) : null,
  };
}

function nodeNeeded(): number {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  return Number(/\d+/.exec(manifest.engines.node)?.[0]);
}

function openFiles(): number | null {
  // Otherwise the report looks up the names of all peers. The types do not know it yet.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft: number | 'unlimited' } };
  };
  const soft = userLimits?.open_files?.soft;
  return soft === undefined ? null : soft === 'unlimited' ? Infinity : soft;
}
