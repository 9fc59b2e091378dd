/** Elasticsearch: whether it is reached, makes indices as this version wants them, and takes documents. */
import type {
  BlockLook,
  ElasticClusterLook,
  ElasticDiskLook,
  Seen,
} from '../../adapters/elasticsearch/server-look.ts';
import type { TemplateFinding, TemplateState } from '../../adapters/elasticsearch/template-check.ts';
import { notChecked, ok, problem, warning, type Finding, type Looks, type Trouble } from './check.ts';
import { faultProblem, faultText, type ServerCheck } from './server-check.ts';
import { bytesText } from './words.ts';

const ELASTIC = 'Elasticsearch';

export const ELASTIC_CHECKS: readonly ServerCheck[] = [
  {
    name: 'elasticsearch.reachable',
    looksFor: 'every address takes connection, TLS and login',
    run: reachable,
  },
  {
    name: 'elasticsearch.permission',
    looksFor: 'the user may read, write and create the indices of `namespace`, as far as the workers do',
    run: ofCluster(({ lacking }, looks) => permission(lacking, looks)),
  },
  {
    name: 'elasticsearch.templates',
    looksFor: 'templates and indices are there, ours, and of this version',
    run: ofCluster(({ templates }) => judged(templates, 'templates', templateFindings)),
  },
  {
    name: 'elasticsearch.blocks',
    looksFor: 'no index is blocked, by its settings or by those of the cluster',
    run: ofCluster(({ indexBlocks, clusterBlocks }) => [
      ...judged(indexBlocks, 'blocks of indices', blockFindings),
      ...judged(clusterBlocks, 'blocks of the cluster', blockFindings),
    ]),
  },
  {
    name: 'elasticsearch.health',
    looksFor: 'every index of `namespace` has its primary shards',
    run: ofCluster(({ health }, looks) =>
      judged(health, `indices ${looks.config.namespace}-*`, healthFindings),
    ),
  },
  {
    name: 'elasticsearch.disk',
    looksFor: 'every node has more room than its watermarks ask for',
    run: ofCluster(({ disks }) => judged(disks, 'disks of nodes', diskFindings)),
  },
];

function reachable({ elastic }: Parameters<ServerCheck['run']>[0]): Finding[] {
  if (elastic === null) return [notChecked(ELASTIC, 'none of these workers uses it')];
  return elastic.addresses.map(({ address, fault, version }) => {
    const place = `${ELASTIC} at ${address}`;
    if (fault === null)
      return ok(
        place,
        version === '' ? 'answers; this user is not told its version' : `answers, version ${version}`,
      );
    return faultProblem(
      place,
      fault,
      'Documents cannot be written or read there; they wait, and nobody finds an incident.',
    );
  });
}

function ofCluster(judge: (cluster: ElasticClusterLook, looks: Looks) => Finding[]): ServerCheck['run'] {
  return ({ elastic }, looks) => {
    if (elastic === null) return [notChecked(ELASTIC, 'none of these workers uses it')];
    return elastic.cluster === null
      ? [notChecked(ELASTIC, 'no address answers')]
      : judge(elastic.cluster, looks);
  };
}

/** What was not seen is said so; it is no fault of what would have been there. */
function judged<T>(look: Seen<T>, place: string, judge: (seen: T, place: string) => Finding[]): Finding[] {
  return look.fault === null ? judge(look.seen, place) : [notChecked(place, faultText(look.fault))];
}

function permission(lacking: ElasticClusterLook['lacking'], { config }: Looks): Finding[] {
  const place = `indices ${config.namespace}-*`;
  return judged(lacking, place, (rights) => {
    if (rights.length === 0) return [ok(place, 'this user may do what workers do')];
    return [
      problem(place, {
        found: `this user lacks ${rights.join(', ')}`,
        why: 'Documents are refused, and wait; the API has no answers.',
        toDo: `Give the role or the API key these privileges on ${config.namespace}-*.`,
      }),
    ];
  });
}

const STATES: Record<Exclude<TemplateState, 'ok'>, Trouble> = {
  missing: {
    found: 'missing',
    why: 'Without it documents are refused, or kept in a way in which they are not found.',
    toDo: 'Run `counterfoil setup`.',
  },
  stale: {
    found: 'of an earlier version',
    why: 'Documents with newer fields are refused.',
    toDo: 'Run `counterfoil setup` of this version.',
  },
  newer: {
    found: 'of a later version than this program',
    why: 'What this program writes may lack what the later one reads.',
    toDo: 'Install that version here too.',
  },
  foreign: {
    found: 'not made by Counterfoil, or another template goes before ours',
    why: 'Documents are refused, or kept in a way in which they are not found.',
    toDo: 'Remove it, give it a lower priority, or choose another namespace.',
  },
};

function templateFindings(findings: readonly TemplateFinding[], place: string): Finding[] {
  const wrong = Map.groupBy(findings, ({ state }) => state);
  wrong.delete('ok');
  if (wrong.size === 0) return [ok(place, `${findings.length} templates and indices are as they must be`)];
  return [...wrong].map(([state, all]) => {
    const at = all.map(({ what, name }) => `${what} ${name}`).join(', ');
    const trouble = STATES[state as keyof typeof STATES];
    // While workers are replaced one by one, those of the earlier version go on.
    return state === 'newer' ? warning(at, trouble) : problem(at, trouble);
  });
}

function blockFindings(blocks: readonly BlockLook[], place: string): Finding[] {
  if (blocks.length === 0) return [ok(place, 'none')];
  return blocks.map(({ index, block }) => {
    const setting = index === null ? `cluster.blocks.${block}` : `index.blocks.${block}`;
    const byDisk = block === 'read_only_allow_delete' && index !== null;
    return problem(index === null ? 'the cluster' : `index ${index}`, {
      found: `${setting} is true`,
      why: 'Documents are refused there; they wait, and nobody finds an incident.',
      toDo: byDisk
        ? 'Free disk space: Elasticsearch sets it at the flood stage, and takes it off by itself once there is room.'
        : `Set ${setting} to null, once you know who set it and why.`,
    });
  });
}

function healthFindings(health: string, place: string): Finding[] {
  if (health !== 'red') return [ok(place, health)];
  return [
    problem(place, {
      found: 'red: primary shards are missing',
      why: 'Documents that lie there cannot be read or written.',
      toDo: 'Look why with GET _cluster/allocation/explain, and start the nodes that have them.',
    }),
  ];
}

function diskFindings(disks: readonly ElasticDiskLook[]): Finding[] {
  return disks.map(({ node, path, freeBytes, highBytes, floodBytes }) => {
    const place = `node ${node}, ${path}`;
    const free = `${bytesText(freeBytes)} free`;
    const limits = `high watermark at ${bytesText(highBytes)}, flood stage at ${bytesText(floodBytes)}`;
    if (freeBytes >= highBytes) return ok(place, `${free}; ${limits}`);
    const trouble = {
      found: `${free}, below the ${freeBytes < floodBytes ? 'flood stage' : 'high watermark'}; ${limits}`,
      why: 'No new index finds a place below the high watermark; at the flood stage every index is blocked.',
      toDo: 'Free disk space, add a node, or delete indices of old months.',
    };
    return freeBytes < floodBytes ? problem(place, trouble) : warning(place, trouble);
  });
}
