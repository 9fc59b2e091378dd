import { expect, it } from 'vitest';
import { logNeedOf } from '../../src/join/log-need.ts';
import { MICROS_PER_HOUR, MICROS_PER_SECOND } from '../../src/model/instant.ts';
import { OPTIONS, type Config } from '../../src/config/options.ts';
import { timeSettings } from '../../src/config/time-settings.ts';
import { joinSettingsOf } from '../../src/cli/settings.ts';

const defaults = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, option]) => [name, option.default]),
) as unknown as Config;

it('is what the latest event looks back, and the default keeps as much [D5]', () => {
  const need = logNeedOf(joinSettingsOf(defaults), timeSettings(defaults));
  expect(need).toBe(24 * MICROS_PER_HOUR + (12 * 60 + 2) * MICROS_PER_SECOND);
  expect(defaults['log.retention']).toBeGreaterThan(need);
});
