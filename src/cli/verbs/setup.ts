/** `setup`: topics on Kafka, templates on Elasticsearch; what is there is looked at, and never changed. */
import type { VerbSpec } from '../arguments.ts';
import { settingsOf } from '../settings.ts';
import type { Verb } from '../verb.ts';

const spec: VerbSpec = {
  name: 'setup',
  summary: 'makes what is needed on Kafka and Elasticsearch, or says what is not as it must be',
  usage: 'counterfoil setup -c FILE [--check]',
  examples: [
    {
      command: 'counterfoil setup -c counterfoil.yaml',
      does: 'makes topics and index templates that are missing',
    },
    {
      command: 'counterfoil setup -c counterfoil.yaml --check',
      does: 'only looks; exit 5 when anything is not as it must be',
    },
  ],
  flags: [{ name: 'check', help: 'Make nothing: a missing topic or template is a fault.' }],
  configured: true,
  options: ['kafka.brokers', 'elasticsearch.nodes', 'namespace'],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'Doing it again changes nothing. Run it once before the workers, and again after each new version.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const { config } = settingsOf(args, io);
    const { setUp } = await import('../cluster/set-up.ts');
    await setUp(config, args.on('check'), io);
    return 0;
  },
};
