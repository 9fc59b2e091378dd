/** The document of a diagnosis, from its findings. */
import { LEVELS, type DiagnosisDocument, type FindingPart } from '../../model/documents/diagnosis.ts';
import { formatInstant } from '../../model/instant.ts';
import type { Looks } from './check.ts';

export function diagnosisOf(
  { config, now }: Pick<Looks, 'config' | 'now'>,
  findings: FindingPart[],
  version: string,
): DiagnosisDocument {
  const countOf = (level: FindingPart['level']): number =>
    findings.filter((each) => each.level === level).length;
  const counts = Object.fromEntries(
    LEVELS.map((level) => [level, countOf(level)]),
  ) as DiagnosisDocument['counts'];
  return {
    '@timestamp': formatInstant(now),
    schema: 'diagnosis/1',
    version,
    tenant: config.tenant,
    data: config['data.dir'],
    status: counts.problem > 0 ? 'problem' : counts.warning > 0 ? 'warning' : 'ok',
    counts,
    findings,
  };
}
