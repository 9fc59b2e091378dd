/**
 * A payment event from what a foreign format tells. Such a format picks what it knows, field by field, so that names, accounts and
 * whatever else stands in a record are never held at all; ids and texts that are picked are redacted here.
 */
import type { StatedFormat } from './payment-states.ts';
import { canonicalJson } from '../../model/canonical-json.ts';
import { contentId } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import { isIdentifying, type PaymentAlias, type PaymentEvent } from '../../model/payment.ts';
import type { Instant } from '../../model/instant.ts';
import type { FormatContext } from '../context.ts';
import { refusedAs, taken, type Decoded } from '../decoded.ts';
import { safeIdIn } from './payment-ids.ts';

/** Strings longer than this are no countries, codes or dates. */
const MAX_TEXT = 256;
/** ISO 3166-1 alpha-2. */
const COUNTRY = /^[A-Z]{2}$/;

export interface PaymentDraft {
  format: StatedFormat;
  /** What makes the record this record: its native id, and what its state is read from. */
  nativeTuple: Json[];
  ownId?: Json | undefined;
  /** Ids by alias type; those that are absent or say nothing are left out. */
  aliases: readonly (readonly [type: string, id: Json | undefined])[];
  time: Instant;
  state: string;
  rail: string;
  amount?: { minor: bigint; currency: string } | null;
  customerId?: Json | undefined;
  customerCountry?: string | null;
  merchantId?: Json | undefined;
  traceId?: string | null;
  /** Those that are null are left out. */
  attributes?: Readonly<Record<string, string | null>>;
}

/** The event; refused where no id tells which payment it is of: weak ones find payments, and are shared by strangers. */
export function drafted(draft: PaymentDraft, context: FormatContext): Decoded<PaymentEvent> {
  const event = eventOf(draft, context);
  if (event.ownId !== null || event.aliases.some(isIdentifying)) return taken([event]);
  return refusedAs('missing_id', 'The record has no id that tells which payment it is of.');
}

function eventOf(draft: PaymentDraft, { tenant, redactor }: FormatContext): PaymentEvent {
  const attributes = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(draft.attributes ?? {}))
    if (value !== null) attributes[name] = redactor.text(value.slice(0, MAX_TEXT));
  const stated = {
    ownId: safeIdIn(draft.ownId, redactor),
    aliases: aliasesOf(draft, redactor),
    time: draft.time,
    amountMinor: draft.amount?.minor ?? null,
    currency: draft.amount?.currency ?? null,
    customerId: safeIdIn(draft.customerId, redactor),
    customerCountry: COUNTRY.test(draft.customerCountry ?? '') ? (draft.customerCountry ?? null) : null,
    merchantId: safeIdIn(draft.merchantId, redactor),
    traceId: draft.traceId ?? null,
    attributes,
  };
  const tuple = draft.nativeTuple.map((part) => (typeof part === 'string' ? redactor.idValue(part) : part));
  return {
    ...stated,
    id: contentId('pe', ['payment', tenant, draft.format, [...tuple, canonicalJson(plain(stated))]]),
    tenant,
    state: redactor.text(draft.state),
    rail: redactor.text(draft.rail),
    service: null,
    podUid: null,
    podName: null,
    namespace: null,
    cluster: null,
    containerId: null,
  };
}

/** As JSON, of which ids are made: a sender that uses one id for two contents must not make the outcome a matter of order. */
function plain({ aliases, amountMinor, ...rest }: Stated): Json {
  return {
    ...rest,
    aliases: aliases.map(({ type, value }) => [type, value]),
    amountMinor: amountMinor === null ? null : String(amountMinor),
  };
}

type Stated = Pick<
  PaymentEvent,
  | 'ownId'
  | 'aliases'
  | 'time'
  | 'amountMinor'
  | 'currency'
  | 'customerId'
  | 'customerCountry'
  | 'merchantId'
  | 'traceId'
  | 'attributes'
>;

function aliasesOf({ aliases }: PaymentDraft, redactor: FormatContext['redactor']): PaymentAlias[] {
  return aliases.flatMap(([type, id]) => {
    const value = safeIdIn(id, redactor);
    return value === null ? [] : [{ type, value }];
  });
}
