// Goal: what can be known of the files of a deployment without a container engine is as it must be [B2]. Method: the schema of the Compose
// Specification, our own command line, and what the files say of each other.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseArguments } from '../../src/cli/arguments.ts';
import { ROLES } from '../../src/cli/cluster/role.ts';
import { KEY_FILE_VARIABLE } from '../../src/cli/redaction-secret.ts';
import { findVerb } from '../../src/cli/verb-table.ts';
import { OPTION_NAMES, variableOf } from '../../src/config/options.ts';
import { ownTopics } from '../../src/cli/cluster/topics.ts';
import { loadConfig } from '../../src/config/load.ts';
import { allOf, copiesOf, dockerfile, ROOT } from './dockerfile.ts';

interface Service {
  image: string;
  build?: string;
  user?: string;
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { disable?: boolean; test?: string[] };
  restart?: string;
  read_only?: boolean;
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const compose = parse(textOf('docker-compose.yml'), { merge: true }) as Compose;
const { services } = compose;
const OURS = 'counterfoil:';
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith(OURS));
/** Those that run our command line; the others run a program of deploy/. */
const commands = ours.filter(([, { entrypoint }]) => entrypoint === undefined);
const PIPELINE = 'pipelines/kafka-redis-elasticsearch.yaml';

describe('docker-compose.yml [B2]', () => {
  it('is valid by the schema of the Compose Specification', () => {
    const schema = JSON.parse(textOf('test/fixtures/compose-spec/compose-spec.json')) as Record<
      string,
      unknown
    >;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const { $schema: _, ...draft7 } = schema;
    const validate = ajv.compile(draft7);
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ services: { x: { imagee: 'y' } } })).toBe(false);
  });

  it('pins every image to a version, our own to that of the package', () => {
    const { version } = JSON.parse(textOf('package.json')) as { version: string };
    for (const [name, { image }] of Object.entries(services))
      expect(image, name).toMatch(/^[\w./-]+:v?\d+\.\d+\.\d+(-[\w.]+)?$/);
    expect(new Set(ours.map(([, { image }]) => image))).toEqual(new Set([`${OURS}${version}`]));
    for (const { image } of dockerfile()) expect(image).toMatch(/^node:24\.\d+\.\d+-\w+-slim$/);
  });

  it('has Elasticsearch, Kibana and the client in one version, Kafka in that of the tests', () => {
    const { dependencies } = JSON.parse(textOf('package.json')) as { dependencies: Record<string, string> };
    const of = (name: string): string | undefined => services[name]?.image.split(':').at(-1);
    expect([of('elasticsearch'), of('kibana')]).toEqual(
      Array(2).fill(dependencies['@elastic/elasticsearch']),
    );
    expect(textOf('tools/services/kafka/pom.xml')).toContain(`<kafka.version>${of('kafka') ?? ''}<`);
  });

  it('opens ports on loopback only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/);
  });

  it('runs nothing of ours as root, nor with more than it needs', () => {
    const [last] = dockerfile().slice(-1);
    expect(allOf(last, 'USER')).toEqual(['1000:1000']);
    for (const [name, service] of ours) {
      expect(service.user, name).toBeUndefined();
      expect(service.read_only, name).toBe(true);
      expect(service, name).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    }
  });

  it('has every role, each with a command that our command line takes', async () => {
    for (const [name, { command = [] }] of commands) {
      const [verb = '', ...args] = command;
      const { spec } = await findVerb(verb);
      const parsed = parseArguments(spec, args);
      expect(verb === 'run' ? parsed.text('role') : verb, name).toBe(name);
    }
    const roles = commands.flatMap(([name, { command }]) => (command?.[0] === 'run' ? [name] : []));
    expect(roles.toSorted()).toEqual(ROLES.toSorted());
  });

  it('names variables that exist', () => {
    const known = new Set([...OPTION_NAMES.map((name) => variableOf(name)), KEY_FILE_VARIABLE]);
    for (const [, { environment = {} }] of ours)
      for (const name of Object.keys(environment)) expect(known).toContain(name);
    const examples = new Set(
      textOf('.env.example')
        .split('\n')
        .flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []),
    );
    const used = [...textOf('docker-compose.yml').matchAll(/\$\{(\w+):-([^}]*)\}/g)];
    expect(new Set(used.map(([, name]) => name))).toEqual(examples);
    for (const [, name = '', value = ''] of used)
      expect(textOf('.env.example')).toContain(`\n${name}=${value}\n`);
  });

  it('mounts files that are there and volumes that are declared', () => {
    const volumes = Object.values(services).flatMap((service) => service.volumes ?? []);
    const sources = [...new Set(volumes.map((text) => text.split(':')[0] ?? ''))];
    const files = sources.filter((source) => source.startsWith('.'));
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect(existsSync(join(ROOT, file)), file).toBe(true);
    const named = sources.filter((source) => !files.includes(source));
    expect(named.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
    for (const [name, { entrypoint = [] }] of ours)
      for (const file of entrypoint.filter((each) => each.startsWith('/deploy/')))
        expect(existsSync(join(ROOT, file)), name).toBe(true);
  });

  it('gives each container its own secrets, to read; only the one that makes them may write', () => {
    for (const [name, service] of Object.entries(services)) {
      const secrets = (service.volumes ?? []).filter((text) => text.includes('-secrets:'));
      if (name === 'secrets') continue;
      for (const text of secrets) expect(text, name).toMatch(/:ro$/);
    }
    const of = (name: string): string[] =>
      (services[name]?.volumes ?? []).flatMap((text) => /^([\w-]+)-secrets:/.exec(text)?.[1] ?? []);
    for (const name of ['kafka', 'redis', 'elasticsearch', 'kibana']) expect(of(name)).toEqual([name]);
    expect(of('otel-collector')).toEqual(['collector']);
    for (const name of ROLES) expect(of(name)).toEqual(['counterfoil']);
  });

  it('waits for what ends to have ended and for servers to be well, and knows how each is', () => {
    const [last] = dockerfile().slice(-1);
    expect(allOf(last, 'HEALTHCHECK')).toHaveLength(1);
    const ends = (service: Service | undefined): boolean => !/^unless-stopped$/.test(service?.restart ?? '');
    for (const [name, service] of Object.entries(services)) {
      for (const [on, { condition }] of Object.entries(service.depends_on ?? {}))
        expect(condition, `${name} on ${on}`).toBe(
          ends(services[on]) ? 'service_completed_successfully' : 'service_healthy',
        );
    }
    const blind = Object.entries(services).filter(
      ([, { image, healthcheck }]) => !image.startsWith(OURS) && healthcheck?.test === undefined,
    );
    // Nothing in its image could ask.
    expect(blind.map(([name]) => name)).toEqual(['otel-collector']);
  });

  it('gives Redis more than the window may take, and never lets it evict', () => {
    const { command = [] } = services['redis'] ?? {};
    const memory = /:-(\d+)mb\}/.exec(command[command.indexOf('--maxmemory') + 1] ?? '')?.[1];
    expect(Number(memory) * 2 ** 20).toBeGreaterThan((4 / 3) * pipeline()['redis.max_bytes'] - 2 ** 20);
    expect(command[command.indexOf('--maxmemory-policy') + 1]).toBe('noeviction');
  });
});

function pipeline() {
  return loadConfig({ file: join(ROOT, PIPELINE), env: {}, flags: {}, cwd: ROOT, home: '/' }).config;
}

describe('the servers that the pipeline names [B2]', () => {
  it('are services, and the files that it names are in the volume of Counterfoil', () => {
    const config = pipeline();
    const hosts = [
      ...config['kafka.brokers'].map((address) => address.split(':')[0]),
      ...config['redis.nodes'].map((address) => address.split(':')[0]),
      ...config['elasticsearch.nodes'].map((url) => new URL(url).hostname),
    ];
    for (const host of hosts) expect(Object.keys(services)).toContain(host);
    const files = Object.values(config).filter(
      (value): value is string => typeof value === 'string' && value.startsWith('/secrets/'),
    );
    expect(files).toHaveLength(4);
    for (const file of files) expect(file).toMatch(/^\/secrets\/counterfoil\//);
    expect(ownTopics(config).every(({ replication }) => replication === 1)).toBe(true);
  });
});

interface Collector {
  receivers: Record<string, unknown>;
  processors: Record<string, unknown>;
  exporters: {
    kafka: {
      brokers: string[];
      traces: { topic: string; encoding: string };
      auth: { sasl: object };
      producer: object;
    };
  };
  extensions: Record<string, unknown>;
  service: {
    extensions: string[];
    pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }>;
  };
}

interface Schema {
  properties?: Record<string, unknown>;
  $defs?: Record<string, Schema>;
}

describe('deploy/otel-collector.yaml [B2]', () => {
  const collector = parse(textOf('deploy/otel-collector.yaml')) as Collector;

  it('writes what the spans worker reads, to the brokers that it reads from', () => {
    const { kafka } = collector.exporters;
    expect(pipeline()['kafka.topics.spans']).toEqual([kafka.traces.topic]);
    expect(kafka.brokers).toEqual(pipeline()['kafka.brokers']);
    expect(kafka.traces.encoding).toBe('otlp_proto');
  });

  it('sets nothing that the exporter of the pinned version does not know', () => {
    const exporter = parse(textOf('test/fixtures/otel-collector/kafkaexporter.schema.yaml')) as Schema;
    const kafka = parse(textOf('test/fixtures/otel-collector/configkafka.schema.yaml')) as Schema;
    const known = (schema: Schema | undefined): string[] => Object.keys(schema?.properties ?? {});
    const common = [...known(kafka.$defs?.['client_config']), 'timeout', 'retry_on_failure'];
    const set = collector.exporters.kafka;
    for (const name of Object.keys(set)) expect([...known(exporter), ...common]).toContain(name);
    for (const name of Object.keys(set.traces))
      expect(known(exporter.$defs?.['signal_config'])).toContain(name);
    for (const name of Object.keys(set.producer))
      expect(known(kafka.$defs?.['producer_config'])).toContain(name);
    for (const name of Object.keys(set.auth.sasl))
      expect(known(kafka.$defs?.['sasl_config'])).toContain(name);
    expect(textOf('test/fixtures/SOURCES.md')).toContain(
      `contrib @ v${services['otel-collector']?.image.split(':').at(-1) ?? ''}`,
    );
  });

  it('uses in its pipelines all that it declares, and nothing else', () => {
    const { service, receivers, processors, exporters, extensions } = collector;
    const [traces] = Object.values(service.pipelines);
    expect(traces).toEqual({
      receivers: Object.keys(receivers),
      processors: Object.keys(processors),
      exporters: Object.keys(exporters),
    });
    expect(service.extensions).toEqual(Object.keys(extensions));
  });
});

describe('Dockerfile [B2]', () => {
  it('copies what is there, and .dockerignore lets in just that', () => {
    const copied = dockerfile().flatMap((stage) => copiesOf(stage).flatMap(({ sources }) => sources));
    for (const path of copied) expect(existsSync(join(ROOT, path)), path).toBe(true);
    const [all, ...allowed] = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(all).toBe('*');
    expect(allowed.map((line) => line.replace('!', '')).toSorted()).toEqual([...new Set(copied)].toSorted());
  });

  it('holds all that the package holds', () => {
    const { files } = JSON.parse(textOf('package.json')) as { files: string[] };
    const last = dockerfile().at(-1);
    const held = copiesOf(last).flatMap(({ sources }) => sources);
    expect(allOf(last, 'COPY').join('\n')).toContain('--from=build /app/dist dist');
    for (const file of files.filter((each) => each !== 'dist/'))
      expect(held).toContain(file.replace(/\/$/, ''));
  });

  it('makes the folders that volumes are put on, for the user that it runs as', () => {
    const [last] = dockerfile().slice(-1);
    const made = allOf(last, 'RUN').join(' ');
    const targets = (services['secrets']?.volumes ?? []).map((text) => text.split(':')[1] ?? '');
    for (const target of targets.filter((each) => each.startsWith('/secrets/')))
      expect(made).toContain(target);
    expect(services['incidents']?.volumes?.join(' ')).toContain(`:${allOf(last, 'VOLUME')[0] ?? ''}`);
    expect(allOf(last, 'ENV').join(' ')).toContain(`COUNTERFOIL_DATA=${allOf(last, 'VOLUME')[0] ?? ''}`);
  });
});
