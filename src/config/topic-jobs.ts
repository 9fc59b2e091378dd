/**
 * Topics that more than one option names. Each has one job: where the topic of links is an input too, a worker reads what it has written itself, refuses it, and writes
 * that down in the same topic, without end; where it is the compacted one of incidents, facts are lost.
 */
import { OPTION_NAMES, type Config, type OptionName } from './options.ts';

const PREFIX = 'kafka.topics.';

/**
 * @param isSet whether an option was given; a fault is said of one that was, since nobody has written down a default
 * @returns by option, what is wrong
 */
export function topicsOfTwoJobs(
  config: Config,
  isSet: (name: OptionName) => boolean,
): { name: OptionName; text: string }[] {
  const options = OPTION_NAMES.filter((name) => name.startsWith(PREFIX));
  // Defaults first: then it is always the later one that was given.
  const inOrder = options.toSorted((a, b) => Number(isSet(a)) - Number(isSet(b)));
  const jobs = new Map<string, OptionName>();
  return inOrder.flatMap((name) =>
    topicsIn(config[name]).flatMap((topic) => {
      const other = jobs.get(topic);
      jobs.set(topic, other ?? name);
      if (other === undefined) return [];
      const how = other === name ? 'named twice' : `named by ${other} too`;
      return [
        {
          name,
          text: `${name}: "${topic}" is ${how}; a topic has one job, since its records are read as what its option says`,
        },
      ];
    }),
  );
}

function topicsIn(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : (value as readonly string[]);
}
