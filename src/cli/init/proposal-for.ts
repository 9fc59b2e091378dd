/** From a sample of payment records to what the starter configuration says of payments, and what the user is told. */
import type { CsvForm } from '../../adapters/file/csv-rows.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { OptionName } from '../../config/options.ts';
import { readingOf, type Reading } from '../../formats/payments/mapping-proposal/check-reading.ts';
import { formatsIn, insideRecords } from '../../formats/payments/mapping-proposal/inside-records.ts';
import { mappingOf, type MappingProposal } from '../../formats/payments/mapping-proposal/proposal.ts';
import { proposeMapping } from '../../formats/payments/mapping-proposal/propose.ts';
import { profileOf, type SampleProfile } from '../../formats/payments/mapping-proposal/sample-profile.ts';
import type { Vocabulary } from '../../formats/payments/mapping-proposal/state-words.ts';
import type { PaymentContext } from '../../formats/payments/payment-context.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import { paymentReading } from '../payment-reading.ts';
import { recoverabilityTable } from '../settings.ts';
import { missingLinesOf, readingLines } from '../texts/init-text.ts';
import { mappingLines } from '../texts/mapping-text.ts';
import { counted } from '../texts/parts.ts';
import { printable } from '../text-width.ts';
import { plainOrQuoted } from '../texts/starter-text.ts';
import { takeSample, type Sample } from './sample.ts';

export interface Proposed {
  /** Options that are set, and such as only could be, as lines of YAML. */
  set: Map<OptionName, readonly string[]>;
  off: Map<OptionName, readonly string[]>;
  told: string[];
  /** Whether records of the sample become payments with it. */
  works: boolean;
}

/** @param file where the configuration will be; null: nobody knows */
export async function proposalFor(
  paths: readonly string[],
  loaded: LoadedConfig,
  redactor: Redactor,
  file: string | null,
): Promise<Proposed> {
  const sample = await takeSample(paths, loaded, redactor);
  const { config } = loaded;
  const vocabulary = vocabularyOf(paymentReading(config).states);
  const context: PaymentContext = { tenant: config.tenant, redactor, ...paymentReading(config) };
  const { reading, isTaken } = readingOf(sample.values, context, vocabulary.rails);
  const proposed: Proposed = { set: new Map(), off: new Map(), told: [headLine(sample)], works: true };
  setCsv(proposed, sample.csv, loaded);
  const formats = formatsIn(sample.values, redactor.depth);
  const isRead = reading.taken === reading.records;
  const asked = isRead ? sample.values : sample.values.filter((_, index) => isTaken[index] !== true);
  const objects = insideRecords(asked, redactor.depth);
  if (objects.length === 0 || (isRead && !lacksNames(reading, formats)))
    return asItIs(proposed, reading, formats);
  const isShowable = (text: string): boolean => redactor.text(text) === text;
  const profile = profileOf(objects, isShowable);
  const proposal = proposeMapping(profile, vocabulary, isShowable);
  const mapping = mappingOf(proposal);
  if (isRead) return ownFormRenamed(proposed, reading, formats, proposal);
  (mapping === null ? proposed.off : proposed.set).set('payments.mapping', mappingLines(proposal));
  if (proposal.localTime)
    proposed.set.set('inputs.payments.zone', [plainOrQuoted(config['inputs.payments.zone'])]);
  const checked =
    mapping === null ? null : readingOf(sample.values, { ...context, mapping }, vocabulary.rails).reading;
  const others = mapping === null ? formatsIn(objects, redactor.depth) : [];
  tell(proposed, { proposal, profile, checked, others }, file);
  return { ...proposed, works: checked !== null && checked.taken > 0 };
}

function vocabularyOf(table: Vocabulary['table']): Vocabulary {
  const { rails } = recoverabilityTable();
  return { table, rails: new Map([...rails].map(([rail, states]) => [rail, new Set(states.keys())])) };
}

function headLine({ values, inputs, refused, cut }: Sample): string {
  const first = cut ? 'the first ' : '';
  const broken = refused === 0 ? '' : `; ${counted(refused, 'record')} could not be read`;
  return `Looked at ${first}${counted(values.length, 'record')} of ${counted(inputs, 'input')}${broken}.`;
}

/** What differs from the default has to stand in the file. */
function setCsv(proposed: Proposed, csv: CsvForm | null, { config }: LoadedConfig): void {
  if (csv === null) return;
  const delimiter = csv.delimiter === '\t' ? 'tab' : csv.delimiter;
  if (delimiter !== config['payments.csv.delimiter'])
    proposed.set.set('payments.csv.delimiter', [plainOrQuoted(delimiter)]);
  if (csv.header !== config['payments.csv.header'])
    proposed.set.set('payments.csv.header', [String(csv.header)]);
}

/** Records of a format that is known, or of none that could be mapped. */
function asItIs(proposed: Proposed, reading: Reading, formats: readonly string[]): Proposed {
  const how = formats.join(', ') || 'with the mapping of the configuration';
  const known = reading.taken > 0;
  return {
    ...proposed,
    works: known,
    told: [
      ...proposed.told,
      known
        ? `The records are read as they are (${how}); no mapping is needed:`
        : 'These are no records that a mapping could be for: it takes JSON objects and rows of CSV.',
      ...readingLines(reading),
    ],
  };
}

/** Records of our own form with states or rails of another: the only records of a known format that a mapping goes before. */
function lacksNames(
  { payments: { events, withKnownState, withKnownRail } }: Reading,
  formats: readonly string[],
): boolean {
  return formats.join() === 'payments' && (withKnownState < events || withKnownRail < events);
}

/** The choice is the user's: a mapping takes what is mapped, and nothing else of the record. */
function ownFormRenamed(
  proposed: Proposed,
  reading: Reading,
  formats: readonly string[],
  proposal: MappingProposal,
): Proposed {
  const { told, ...rest } = asItIs(proposed, reading, formats);
  proposed.off.set('payments.mapping', mappingLines(proposal));
  const next =
    'States or rails are not those of data/recoverability.yaml: write those into the records, or take the mapping that is proposed in lines that are off.';
  return { ...rest, told: [...told, next] };
}

/** The reader puts U+FFFD where bytes are no letter; a mapping compares names as they are read. */
function hasLostLetters({ fields }: SampleProfile): boolean {
  const isLost = (text: string): boolean => text.includes('\uFFFD');
  return fields.some(({ path, words }) => path.some(isLost) || [...(words?.keys() ?? [])].some(isLost));
}

function tell(
  { told }: Proposed,
  found: { proposal: MappingProposal; profile: SampleProfile; checked: Reading | null; others: string[] },
  file: string | null,
): void {
  const { proposal, profile, checked, others } = found;
  if (checked !== null)
    told.push('The sample, read with the mapping that is proposed:', ...readingLines(checked));
  told.push(...missingLinesOf(proposal));
  if (hasLostLetters(profile))
    told.push(
      'The sample is not in UTF-8: letters beyond ASCII are lost, in names of states and columns too. Make it so, and look again (iconv -f WINDOWS-1252 -t UTF-8).',
    );
  if (profile.leftOut > 0)
    told.push(`left out: ${counted(profile.leftOut, 'field')}, met too seldom or not to be shown`);
  if (others.length > 0) told.push(`These look like records of ${others.join(', ')}, which are no payments.`);
  else if (checked === null && profile.list !== null) {
    const { name, items } = profile.list;
    const path = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `.${JSON.stringify(name)}`;
    told.push(
      `${printable(name)} is a list of ${counted(items, 'object')}: if these are the payments, give each as a record of its own (jq -c '${printable(path)}[]')`,
    );
  }
  if (file === null) return;
  told.push(
    checked === null
      ? `payments.mapping is off in ${printable(file)}: fill in what was not found, and take away the # in front of its lines.`
      : `Look at every line of payments.mapping in ${printable(file)} before you use it.`,
  );
}
