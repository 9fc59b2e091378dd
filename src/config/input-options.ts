/** Options of what is read: who wrote the identities of records, how times without a zone or a year are meant, and records of the user's own form. */
import type { Provenance } from '../model/identity.ts';
import { SECURITY_SOURCES, type SecuritySource } from '../model/observation.ts';
import { PAYMENT_SOURCES, type PaymentSource } from '../model/payment.ts';
import * as kind from './option-kinds.ts';
import type { OptionKind } from './option-kinds.ts';
import { option } from './option.ts';
import { paymentMapping } from './payment-mapping.ts';

const PROVENANCE: OptionKind<Provenance> = kind.oneOf(['platform', 'self']);

/** @param records what the input holds, @param example names of formats */
const securityFormats = (records: string, example: string) =>
  option<readonly SecuritySource[]>({
    kind: kind.listOf(kind.oneOf(SECURITY_SOURCES)),
    default: [],
    defaultText: 'any',
    prose:
      `The formats of ${records}. Records of others are refused, and records without the marks of a format are read as the one that ` +
      'is named, if it is one. Unless some are named, each record may be of any, which is found out by its content.',
    example,
  });

export const INPUT_OPTIONS = {
  'inputs.audit.formats': securityFormats('the audit input', 'kubernetes-audit'),
  'inputs.alerts.formats': securityFormats('the alerts input', 'falco,tetragon'),
  'inputs.events.formats': securityFormats('the events input', 'istio'),
  'inputs.payments.formats': option<readonly PaymentSource[]>({
    kind: kind.listOf(kind.oneOf(PAYMENT_SOURCES)),
    default: [],
    defaultText: 'any',
    prose:
      'The formats of payment records, as for alerts; `payments` is our own form, and what `payments.mapping` maps to it.',
    example: 'iso20022',
  }),
  'inputs.spans.identity': option<Provenance>({
    kind: PROVENANCE,
    default: 'platform',
    prose:
      'Who wrote the pod and container of spans: `platform` (the Collector beside the workload) or `self` (the workload, ' +
      'which can lie; such links are capped).',
    example: 'self',
  }),
  'inputs.spans.payment_attributes': option({
    kind: kind.listOf(kind.text('attribute', /^\S{1,255}$/, 'the name of an attribute')),
    default: [],
    prose:
      'Attributes of spans that carry the id of a payment, beside those that are known (data/attributes.yaml).',
    example: 'shop.payment.id',
  }),
  'inputs.payments.identity': option<Provenance>({
    kind: PROVENANCE,
    default: 'platform',
    prose: 'Who wrote the pod and container of payment records, as for spans.',
    example: 'self',
  }),
  'inputs.payments.services': option({
    kind: kind.listOf(kind.text('service', /^\S(.{0,252}\S)?$/, 'a service name')),
    default: [],
    prose:
      'The services that payments without one may have passed through; used for the upper bound of an incident only.',
    example: 'ledger,checkout',
  }),
  'inputs.payments.zone': option({
    kind: kind.zone,
    default: 'UTC',
    prose:
      'The zone of times in payment records that name none (ISO 20022 as some schemes write it, mapped records): a name of the IANA ' +
      'database or an offset. `none`: such records are refused.',
    example: 'America/New_York',
  }),
  'inputs.payments.near': option({
    kind: kind.optional(kind.instant),
    default: null,
    defaultText: 'when the record is read',
    prose:
      'ISO 8583 writes times without a year. It is the year that brings them nearest to this instant: set it for files that are ' +
      'older than half a year.',
    example: '2024-11-29T00:00:00Z',
  }),
  'payments.mapping': option({
    kind: kind.optional(paymentMapping),
    default: null,
    prose:
      'How payment records of your own form are read: for each part a JSON Pointer, or the name of a field or CSV column; `states` and ' +
      '`rails` from your names to those of data/recoverability.yaml. Variables and flags take it as JSON.',
    example:
      '{"id":"/payment/id","time":"/at","state":"/status","states":{"BOOKED":"settled"},"rail_name":"sepa_ct","amount":"/value","currency_name":"EUR"}',
  }),
  'payments.csv.delimiter': option({
    kind: kind.text('character', /^(?:[ !#-~]|tab)$/, 'one character of ASCII that is no quote, or tab'),
    default: ',',
    prose: 'What stands between two fields of a CSV file of payments (RFC 4180).',
    example: ';',
  }),
  'payments.csv.header': option({
    kind: kind.onOff,
    default: true,
    prose: 'Whether the first row of a CSV file names its columns. Without names they are called 1, 2, 3…',
    example: 'false',
  }),
};
