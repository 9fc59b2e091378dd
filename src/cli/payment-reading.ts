/** What payment formats need to know beside the record, from the configuration and the data files. */
import { systemClock } from '../adapters/embedded/clock.ts';
import { readDataValue } from '../config/data-files.ts';
import type { Config } from '../config/options.ts';
import type { PaymentReading } from '../formats/payments/payment-context.ts';
import { parseStateTable, type StateTable } from '../formats/payments/payment-states.ts';
import { parseDay } from '../impact/day.ts';
import { parseTimeOfDay, Zone } from '../impact/zoned-time.ts';
import { isInstant, type Instant } from '../model/instant.ts';

/** The states of data/states.yaml. @throws CounterfoilError CF_DATA_FILE */
export function stateTable(): StateTable {
  const { file, value } = readDataValue('states.yaml');
  return parseStateTable(value, file);
}

/** @throws CounterfoilError CF_DATA_FILE */
export function paymentReading(config: Config): PaymentReading {
  const near = config['inputs.payments.near'];
  const zone = Zone.named(config['inputs.payments.zone']);
  return {
    states: stateTable(),
    localTime: zone === undefined ? null : (text) => localInstant(text, zone),
    now: () => near ?? systemClock.now(),
    mapping: config['payments.mapping'],
  };
}

const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,12}))?$/;

/** The instant of `2026-03-10T14:00:02.5` on the clocks of a zone. */
function localInstant(text: string, zone: Zone): Instant | undefined {
  const [, date = '', clock = '', fraction = ''] = LOCAL.exec(text) ?? [];
  const day = parseDay(date);
  const time = parseTimeOfDay(clock);
  if (day === undefined || time === undefined) return undefined;
  const instant = zone.instantOf({ day, time: time + Number(fraction.slice(0, 6).padEnd(6, '0')) });
  return isInstant(instant) ? instant : undefined;
}
