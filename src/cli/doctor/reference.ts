/** The reference page of `doctor`, from the table of checks. */
import { CHECKS } from './checks.ts';

const HEAD = `# What doctor looks at

<!-- Written by tools/generate-doctor.ts from src/cli/doctor; change it there. -->

\`counterfoil doctor [-c FILE] [--role R,…] [--data DIR] [--full] [-o json|table]\` looks, changes nothing, and explains. It may run before a start,
and beside a running process. Exit 0: no problem; 1: a problem; 2: usage; 3: the configuration is not valid, each fault on stderr.

Each finding is one of these, with what was looked at, what was found, why it matters and what to do:

- \`problem\`: it does not work, or endangers what is kept.
- \`warning\`: it works, and may not for long, or not as somebody means it.
- \`not_checked\`: it could not be looked at here, or was left out; it says why. Without \`--full\` about a GiB of log and of index is read.
- \`ok\`.

\`-o json\` prints one document, [schemas/diagnosis.schema.json](../../schemas/diagnosis.schema.json) (\`counterfoil schema diagnosis\`): \`status\` is the
worst of its findings, \`counts\` how many there are of each level. The names of checks stay; their texts may change. Keys are never printed, nor
anything that is made from them.

Where \`kafka.brokers\` is set, the servers are looked at too, with the address, the login and the rights that the workers of \`--role\` have (all, unless it
is given): the checks \`kafka.*\`, \`redis.*\`, \`elasticsearch.*\` and \`clock.servers\`. Nothing is written there, no topic or index is made, no group is joined.
What a user may do on Kafka and Elasticsearch is asked, not tried; on Redis commands are queued and thrown away (\`MULTI\`, \`DISCARD\`). Where no server is
configured, these checks are not in the document.

| check | what it looks for |
|---|---|
`;

/** The page as Markdown. */
export function doctorReference(): string {
  return `${HEAD}${CHECKS.map(({ name, looksFor }) => `| \`${name}\` | ${looksFor} |`).join('\n')}\n`;
}
