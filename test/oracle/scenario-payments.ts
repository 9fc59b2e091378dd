/** Payments of a scenario, and what binds traces to them: ids on spans, and payments that name a trace or a pod. */
import type { Target } from './scenario-events.ts';
import { attribute, draftSpan } from './scenario-spans.ts';
import type { DraftSpan } from './scenario-spans.ts';
import { DAY, HOUR, MINUTE, SECOND, spellContainer, spellTime, uid } from './scenario-world.ts';
import type { Stage } from './scenario-world.ts';
import type { Plain } from './text.ts';

interface DraftPayment {
  ownId: string | null;
  ids: { type: string; value: string }[];
  time: number;
  rail: keyof typeof STATES;
}

/** In order of rank. */
export const STATES = {
  card: ['authorized', 'captured', 'settled', 'refunded'],
  sepa_ct: ['accepted', 'sent', 'settled'],
} as const;

const HORIZON = 5 * MINUTE;
const ALIAS_HORIZON = 7 * DAY;

/** Payment state events; binds traces, and adds spans that carry ids, on the way. */
export function makePayments(stage: Stage, targets: Target[], spans: DraftSpan[], bulky: boolean): Plain[] {
  const { dice, note } = stage;
  const payments = Array.from({ length: dice.weighted([1, 3, 4, 4, 3, 3, 2]) }, (_, i) =>
    draftPayment(stage, i),
  );
  if (bulky) while (payments.length < 5) payments.push(draftPayment(stage, payments.length));
  const records = payments.flatMap((payment) => stateEvents(stage, payment));
  if (payments.length === 0) {
    note('no_payments');
    return records;
  }
  for (const traceId of stage.traces) {
    const count = bulky && dice.chance(0.5) ? dice.int(3, 5) : dice.pick([1, 1, 1, 2]);
    for (const payment of dice.shuffle(payments).slice(0, count))
      bind(stage, traceId, payment, spans, records);
  }
  // Different payments: two records of one that name a pod at one time would be equal ways (J17 does not tell them apart).
  const naming = targets.length === 0 ? [] : dice.shuffle(payments).slice(0, dice.int(0, 2));
  records.push(...naming.map((payment) => podNaming(stage, payment, dice.pick(targets))));
  return records;
}

function draftPayment(stage: Stage, index: number): DraftPayment {
  const { dice, note } = stage;
  const ids: DraftPayment['ids'] = [];
  const strong = dice.weighted([6, 2, 2]);
  if (strong === 1 || dice.chance(0.3)) ids.push({ type: 'uetr', value: uid(dice) });
  if (strong === 2 || dice.chance(0.2)) ids.push({ type: 'psp_reference', value: `psp-${dice.hex(8)}` });
  if (dice.chance(0.5)) ids.push({ type: 'end_to_end_id', value: dice.pick(['E2E-A', 'E2E-B']) });
  if (dice.chance(0.5)) ids.push({ type: 'order_id', value: dice.pick(['ord-a', 'ord-b', 'E2E-A']) });
  const hasOwn = strong === 0 || dice.chance(0.5);
  if (!hasOwn) note('no_own_id');
  const week = dice.chance(0.25);
  if (week) note('payment_a_week_away');
  return {
    ownId: hasOwn ? `pay_${index}${dice.hex(3)}` : null,
    ids,
    time: stage.t0 + (week ? dice.pick([-1, 1]) * ALIAS_HORIZON : 0) + dice.int(0, HOUR),
    rail: dice.chance(0.7) ? 'card' : 'sepa_ct',
  };
}

function record(stage: Stage, payment: DraftPayment, time: number, state: string): Plain {
  const written: Plain = {
    time: spellTime(stage.dice, time),
    state,
    rail: payment.rail,
    amount: `${stage.dice.int(1, 900)}.00`,
    currency: 'EUR',
  };
  if (payment.ownId !== null) written['id'] = payment.ownId;
  if (payment.ids.length > 0) written['ids'] = payment.ids;
  return written;
}

/** One to three states of a payment, not in order, at times that may be equal; sometimes under a second own id. */
function stateEvents(stage: Stage, payment: DraftPayment): Plain[] {
  const { dice, note } = stage;
  const states = STATES[payment.rail];
  const records = [record(stage, payment, payment.time, states[0])];
  for (let i = dice.weighted([5, 3, 2]); i > 0; i--) {
    const at = payment.time + dice.pick([0, dice.int(0, HOUR), dice.int(0, 3 * SECOND)]);
    records.push(record(stage, payment, at, dice.pick(states)));
    note('several_states');
  }
  const uetr = payment.ids.filter((alias) => alias.type === 'uetr');
  if (payment.ownId !== null && uetr.length > 0 && dice.chance(0.7)) {
    note('merged_by_uetr');
    const other = { ...payment, ownId: `pay_9${dice.hex(3)}`, ids: uetr };
    records.push(record(stage, other, payment.time + dice.int(-HOUR, HOUR), dice.pick(states)));
  }
  return dice.shuffle(records);
}

/** Makes the trace name the payment, or the payment the trace. */
function bind(
  stage: Stage,
  traceId: string,
  payment: DraftPayment,
  spans: DraftSpan[],
  records: Plain[],
): void {
  const { dice, note } = stage;
  if (dice.chance(0.2)) {
    note('payment_names_trace');
    const naming = record(stage, payment, payment.time + dice.int(0, MINUTE), STATES[payment.rail][0]);
    records.push({ ...naming, trace_id: dice.chance(0.2) ? traceId.toUpperCase() : traceId });
    return;
  }
  const [name, value, weak] = nameOf(stage, payment);
  const members = spans.filter((span) => span.traceId === traceId);
  const carrier =
    members.length > 0 && dice.chance(0.4) ? dice.pick(members) : carrierSpan(stage, traceId, members);
  if (!spans.includes(carrier)) spans.push(carrier);
  const bounded = weak && !members.includes(carrier) && Math.abs(payment.time - carrier.start) > DAY;
  if (bounded && dice.chance(0.7)) {
    note('alias_horizon_bound');
    const week = Math.sign(carrier.start - payment.time) * ALIAS_HORIZON;
    carrier.start = payment.time + week + dice.pick([-1, 0, 1]);
    carrier.end = carrier.start + 1000;
  }
  const holder = dice.weighted([6, 2, 1, 1]);
  note(['id_on_span', 'id_on_span_event', 'id_on_link', 'id_on_resource'][holder] ?? '');
  const list = [
    carrier.attributes,
    carrier.eventAttributes,
    carrier.linkAttributes,
    carrier.resourceAttributes,
  ][holder];
  const single = { key: name, value: { arrayValue: { values: [{ stringValue: value }] } } };
  list?.push(dice.chance(0.1) ? single : attribute(name, value));
  if (dice.chance(0.1)) carrier.attributes.push(attribute('payment.end_to_end_id', 'NOTPROVIDED'));
}

/** A span without identity that carries an id, near a span of the trace or on the bound of the binding horizon. */
function carrierSpan(stage: Stage, traceId: string, members: DraftSpan[]): DraftSpan {
  const { dice, note } = stage;
  if (members.length === 0) {
    const start = stage.t0 + dice.int(0, HOUR);
    return draftSpan(stage, traceId, start, start + 1000);
  }
  const near = dice.pick(members);
  const nudge = dice.pick([-1, 0, 1]);
  const form = dice.weighted([5, 2, 2, 1]);
  if (form === 1 || form === 2) note('binding_horizon_bound');
  const start =
    [
      near.start + dice.int(-MINUTE, MINUTE),
      near.start - HORIZON + nudge,
      near.end + HORIZON + nudge,
      near.start + dice.int(-HOUR, HOUR),
    ][form] ?? near.start;
  return draftSpan(stage, traceId, start, start + dice.int(0, SECOND));
}

/** An attribute and a value that name the payment, and whether only as an alias. */
function nameOf(stage: Stage, payment: DraftPayment): [string, string, boolean] {
  const { dice, note } = stage;
  const names = [...payment.ids, ...(payment.ownId === null ? [] : [{ type: 'own', value: payment.ownId }])];
  const { type, value } = dice.pick(names);
  const weak = type === 'end_to_end_id' || type === 'order_id';
  const attributes: Record<string, string[]> = {
    own: ['payment.transaction_id', 'payment.id', 'payment.uetr'],
    uetr: ['payment.uetr', 'payment.transaction_id'],
    psp_reference: ['adyen.psp_reference', 'payment.transaction_id'],
    end_to_end_id: ['payment.end_to_end_id', 'payment.transaction_id'],
    order_id: ['order.id', 'order.id', 'payment.transaction_id'],
  };
  const name = dice.chance(0.06) ? 'order.id' : dice.pick(attributes[type] ?? []);
  note(`id_${type}`);
  if (name === 'order.id') note('order_level');
  const spelled = type === 'uetr' && dice.chance(0.4) ? value.toUpperCase() : value;
  return [name, dice.chance(0.1) ? ` ${spelled} ` : spelled, weak];
}

/** A state event that names pod or container of what happened, on and beside the bounds of the window. */
function podNaming(stage: Stage, payment: DraftPayment, target: Target): Plain {
  const { dice, note } = stage;
  note('payment_names_pod');
  const nudge = dice.pick([-1, 0, 1]);
  const times = [
    target.start + dice.int(-MINUTE, MINUTE),
    target.end + dice.int(0, 15 * MINUTE),
    target.start - 62 * SECOND + nudge,
    target.end + 15 * MINUTE + 2 * SECOND + nudge,
  ];
  const naming = record(stage, payment, dice.pick(times), dice.pick(STATES[payment.rail]));
  const form = dice.int(0, 2);
  if (form === 0) naming['pod_uid'] = target.pod.uid;
  if (form === 1) naming['container_id'] = spellContainer(dice, target.container.id, note);
  if (form === 2) Object.assign(naming, { namespace: target.pod.namespace, pod: target.pod.name });
  return naming;
}
