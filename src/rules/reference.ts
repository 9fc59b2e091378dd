/** The reference page of the rules that come with Counterfoil, from what they say of themselves. */
import type { SecuritySource } from '../model/observation.ts';
import type { SigmaRule } from './sigma-rule.ts';

const HEAD = `# The rules that come with Counterfoil

<!-- Written by tools/generate-rules.ts from data/rules; change it there. -->

They are Sigma rules, one a file, \`data/rules/PRODUCT/NAME.yml\`, and are on unless \`rules.defaults\` is \`false\`. \`rules.paths\` names files and
folders of your own beside them.

A rule makes an event of a record. It becomes an incident when the pod, the account or the trace of that record is linked to a payment, so no rule
needs to know which of your namespaces handle money. What the control plane does, what was refused, and dry runs are left out, except where a rule is
about that; the comments of the files say why. Rules that look into the bodies of requests need the audit level Request or RequestResponse for those
resources: \`logsource.definition\` says so. Falco and Tetragon bring rules of their own, whose alerts are events as they are; those below say more of the effect.

Severity is 0 to 100. Effect is how far it reaches when it succeeds, 0 to 1, for money moved / records read / service stopped. All of these are
assumptions, to be changed where you know better.
`;

/** Inputs without rules have no section. */
const TITLES: Readonly<Record<SecuritySource, string>> = {
  'kubernetes-audit': 'Kubernetes audit log',
  falco: 'Falco',
  tetragon: 'Tetragon',
  hubble: 'Cilium Hubble',
  istio: 'Istio and Envoy access logs',
  vault: 'Vault and OpenBao audit log',
  spire: 'SPIRE audit log',
  gatekeeper: 'OPA Gatekeeper',
  kyverno: 'Kyverno and policy reports',
  argocd: 'Argo CD',
  trivy: 'Trivy',
  events: 'Own events',
};

/** The page as Markdown: a table for each input, of its rules in the order of their names. */
export function rulesReference(rules: readonly SigmaRule[]): string {
  const sections = Object.entries(TITLES).map(([source, title]) => {
    const rows = rules.filter((rule) => rule.source === source).map((rule) => rowOf(rule));
    const head =
      '| rule | technique | severity | effect | what it finds | false positives |\n|---|---|---|---|---|---|';
    return rows.length === 0 ? '' : `## ${title}: ${rows.length}\n\n${[head, ...rows].join('\n')}\n`;
  });
  return [HEAD, ...sections].filter((part) => part !== '').join('\n');
}

function rowOf(rule: SigmaRule): string {
  const { funds = 0, records = 0, service = 0 } = rule.effect ?? {};
  const techniques = rule.techniques.map(
    (id) => `[${id}](https://attack.mitre.org/techniques/${id.replace('.', '/')}/)`,
  );
  const cells = [
    `\`${rule.name ?? ''}\``,
    techniques.join(', '),
    String(rule.severity),
    `${funds} / ${records} / ${service}`,
    `**${rule.title}.** ${rule.description ?? ''}`,
    rule.falsePositives.join('. '),
  ];
  return `| ${cells.map((cell) => inCell(cell)).join(' | ')} |`;
}

/** One line, in which a bar is no end of the cell. */
function inCell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim();
}
