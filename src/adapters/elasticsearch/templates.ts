/**
 * The index templates: what each index of ours is to look like, with a version and a hash of it in `_meta` of template
 * and mapping. The hash tells a template that is as this version wants it from every other, without comparing what the
 * server made of it.
 */
import type { estypes } from '@elastic/elasticsearch';
import { EventDocument } from '../../model/documents/event.ts';
import { IncidentDocument } from '../../model/documents/incident.ts';
import { LinkDocument } from '../../model/documents/link.ts';
import { PaymentDocument } from '../../model/documents/payment.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { sha256Hex } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import { DATE, FLATTENED, KEYWORD, LONG, mappingOf, UNSEARCHED, type Mapping } from './mapping.ts';
import { KEY_MAPPING, type IndexNames } from './stored-document.ts';

/** Raised when documents of an older mapping must be written anew; a field that is added needs none. */
const TEMPLATE_VERSION = 1;
/** Above those that Elasticsearch brings along (100), so that none of them wins over ours. */
const PRIORITY = 500;
const HASH_DIGITS = 16;

/** Marks what is ours. */
export interface TemplateMark {
  version: number;
  hash: string;
}

export interface IndexTemplate {
  /** Of the template. */
  name: string;
  /** Which indices get it. */
  pattern: string;
  /** An index that there would be: what the server would make of it is how a template is checked. */
  example: string;
  /** Whether indices come with the documents, a month each. */
  isMonthly: boolean;
  mark: TemplateMark;
  mappings: estypes.MappingTypeMapping;
}

const DEAD_LETTER: Record<string, Mapping> = {
  '@timestamp': DATE,
  tenant: KEYWORD,
  dropped: LONG,
  dead_letter: {
    properties: {
      id: KEYWORD,
      input: KEYWORD,
      at: LONG,
      reason: KEYWORD,
      text: UNSEARCHED,
      place: KEYWORD,
      excerpt: UNSEARCHED,
      later_than: LONG,
      redriven_at: LONG,
    },
  },
};

/** All templates of a prefix. */
export function indexTemplates(names: IndexNames): IndexTemplate[] {
  return [
    templateOf(names.pattern('events'), documentMapping(EventDocument)),
    templateOf(names.pattern('links'), documentMapping(LinkDocument)),
    templateOf(names.pattern('payments'), documentMapping(PaymentDocument)),
    templateOf(names.pattern('incidents'), documentMapping(IncidentDocument)),
    templateOf(names.deadLetters, DEAD_LETTER),
  ];
}

/** `case` is what people write beside the document; we carry it along. */
function documentMapping(schema: object): Record<string, Mapping> {
  const { properties } = mappingOf(schema as Readonly<Record<string, unknown>>);
  return { ...properties, key: KEY_MAPPING, case: FLATTENED };
}

function templateOf(pattern: string, properties: Record<string, Mapping>): IndexTemplate {
  const content = { pattern, properties, settings: TEMPLATE_SETTINGS, priority: PRIORITY };
  const hash = sha256Hex(canonicalJson(content as unknown as Json)).slice(0, HASH_DIGITS);
  const mark = { version: TEMPLATE_VERSION, hash };
  const isMonthly = pattern.endsWith('-*');
  return {
    name: isMonthly ? pattern.slice(0, -2) : pattern,
    pattern,
    example: isMonthly ? `${pattern.slice(0, -1)}2026.03` : pattern,
    isMonthly,
    mark,
    mappings: {
      dynamic: 'strict',
      _meta: { counterfoil: mark },
      // The client knows each type of field by itself; here they are values.
      properties: properties as Record<string, estypes.MappingProperty>,
    },
  };
}

/** One shard: an index of a month or of all payments seldom needs two, and a page then asks one place. */
const TEMPLATE_SETTINGS = { index: { number_of_shards: 1, auto_expand_replicas: '0-1' } } as const;

/** What is sent to the server. */
export function templateBody({ pattern, mark, mappings }: IndexTemplate) {
  return {
    index_patterns: [pattern],
    priority: PRIORITY,
    _meta: { counterfoil: mark },
    template: { settings: TEMPLATE_SETTINGS, mappings },
  };
}
