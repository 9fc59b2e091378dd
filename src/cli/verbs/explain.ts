/** `explain`: why a link holds, what can be done for a payment, what an event met, what an incident is made of. */
import { openIncidentIndex } from '../../adapters/embedded/incident-index.ts';
import type { EventDocument } from '../../model/documents/event.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import type { JoinSettings } from '../../model/join-settings.ts';
import { usage, type VerbSpec } from '../arguments.ts';
import { redactorOf } from '../compose.ts';
import { jsonText, DOCUMENT_OUTPUT_FLAG, outputForm, printDocuments } from '../output.ts';
import { itemsOf } from '../pages.ts';
import { joinSettingsOf, settingsOf } from '../settings.ts';
import type { Out } from '../terminal.ts';
import { confidenceParts } from '../texts/confidence-parts.ts';
import { eventLines } from '../texts/event-text.ts';
import { incidentLines } from '../texts/incident-text.ts';
import { linkLines } from '../texts/link-text.ts';
import { printable } from '../text-width.ts';
import { counted } from '../texts/parts.ts';
import { paymentLines } from '../texts/payment-text.ts';
import type { Verb } from '../verb.ts';

/** Links shown under an event; the rest is counted. */
const SHOWN_LINKS = 50;

const spec: VerbSpec = {
  name: 'explain',
  summary: 'why a link, a payment or an incident is what it is',
  usage: 'counterfoil explain ID [--data DIR]',
  examples: [
    { command: 'counterfoil explain lk_4f2a…', does: 'why a link holds: what matched, base, decay, cap' },
    {
      command: 'counterfoil explain pay_881',
      does: 'what can be done for a payment, by which action, until when',
    },
    {
      command: 'counterfoil explain inc_9c1e… -o json',
      does: 'the incident with its events and links, for programs',
    },
  ],
  flags: [DOCUMENT_OUTPUT_FLAG],
  configured: true,
  options: ['data.dir', 'tenant'],
  positionals: { name: 'ID', min: 1, max: 1 },
  notes: [
    'An ID is that of a link (lk_), an event (ev_), an incident (inc_) or a payment, the latter also by alias.',
    'Exit status: 0 explained, 1 nothing has the id, or there is no index.',
  ],
};

/** What is known under an id: JSON for programs, lines for people. */
interface Explanation {
  json: object;
  lines: (out: Out) => string[];
}

export const verb: Verb = {
  spec,
  async run(args, io) {
    const form = outputForm(spec, args, 'table', 'json', io.stdout);
    if (form === 'csv') throw usage(spec, 'an explanation has no rows; -o json, ndjson or table');
    const { config } = settingsOf(args, io);
    const settings = joinSettingsOf(config);
    // A card number as an id is known by its token, which is also all that may be printed of it.
    const asked = redactorOf(config, io.env).idValue((args.positionals[0] ?? '').trim());
    const index = openIncidentIndex(config['data.dir'], 'read');
    try {
      const explanation = await explain(index, config.tenant, asked, settings);
      if (form === 'table') await io.stdout.write(`${explanation.lines(io.stdout).join('\n')}\n`);
      else if (form === 'json') await io.stdout.write(`${jsonText(explanation.json, io.stdout, 2)}\n`);
      else await printDocuments([explanation.json], form, { columns: [], fields: [] }, io.stdout);
      return 0;
    } finally {
      await index.close();
    }
  },
};

async function explain(
  index: IncidentIndex,
  tenant: string,
  id: string,
  settings: JoinSettings,
): Promise<Explanation> {
  const known =
    (await explainLink(index, tenant, id, settings)) ??
    (await explainEvent(index, tenant, id)) ??
    (await explainIncident(index, tenant, id)) ??
    (await explainPayment(index, tenant, id));
  if (known !== null) return known;
  throw new CounterfoilError(
    'CF_NOT_FOUND',
    `No link, event, incident or payment of the index has the id ${id}.`,
  );
}

async function explainLink(
  index: IncidentIndex,
  tenant: string,
  id: string,
  settings: JoinSettings,
): Promise<Explanation | null> {
  const document = await index.link(tenant, id);
  if (document === null) return null;
  const parts = confidenceParts(document.link, settings);
  return { json: { ...document, explanation: parts }, lines: () => linkLines(document, settings) };
}

async function explainEvent(index: IncidentIndex, tenant: string, id: string): Promise<Explanation | null> {
  const document = await index.event(tenant, id);
  if (document === null) return null;
  const links = await itemsOf((page) => index.linksOfEvent(tenant, id, page));
  const shown = links.toSorted((a, b) => b.link.confidence - a.link.confidence).slice(0, SHOWN_LINKS);
  return { json: { ...document, items: links }, lines: (out) => eventLines(document, shown, out.width) };
}

async function explainIncident(
  index: IncidentIndex,
  tenant: string,
  id: string,
): Promise<Explanation | null> {
  const document = await index.incident(tenant, id);
  if (document === null) return null;
  const own = document.incident.id;
  const events = await itemsOf((page) => index.eventsOfIncident(tenant, own, page));
  const links = await itemsOf((page) => index.linksOfIncident(tenant, own, page));
  return {
    json: { ...document, items: { events, links } },
    lines: (out) => [
      ...incidentLines(document, links, out),
      '',
      out.bold('Events'),
      ...events.map(eventLine),
    ],
  };
}

function eventLine({ event, rule, links }: EventDocument): string {
  return `  ${event.start}  ${printable(rule.name)}  (${event.id}, ${counted(links.total, 'link')})`;
}

async function explainPayment(index: IncidentIndex, tenant: string, id: string): Promise<Explanation | null> {
  const [first, ...others] = await index.resolvePayment(tenant, id);
  if (first === undefined) return null;
  if (others.length > 0) {
    throw new CounterfoilError(
      'CF_NOT_FOUND',
      `${id} names ${others.length + 1} payments: ${[first, ...others].join(', ')}.`,
    );
  }
  const document = await index.payment(tenant, first);
  if (document === null) return null;
  const links = await itemsOf((page) => index.linksOfPayment(tenant, first, page));
  return { json: { ...document, items: links }, lines: (out) => paymentLines(document, links, out.width) };
}
