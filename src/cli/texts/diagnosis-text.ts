/** A diagnosis for people: what is wrong first and in full, then a line for each thing that is well. */
import type { DiagnosisDocument, FindingPart } from '../../model/documents/diagnosis.ts';
import { wrap } from '../help.ts';
import { tableLines } from '../table.ts';
import { printable } from '../text-width.ts';
import { counted } from './parts.ts';

/** Where nobody looks through a terminal. */
const WIDTH = 100;
const LABEL = 11;

const COLUMNS = [{ title: 'check' }, { title: 'looked at', min: 12 }, { title: 'found', min: 20 }];

export function diagnosisLines({ findings, counts }: DiagnosisDocument, width?: number): string[] {
  const of = (level: FindingPart['level']): FindingPart[] => findings.filter((each) => each.level === level);
  return [
    ...inFull('Problems', of('problem'), width),
    ...inFull('Warnings', of('warning'), width),
    ...inLines('Not checked', of('not_checked'), width),
    ...inLines('In order', of('ok'), width),
    `${counted(counts.problem, 'problem')}, ${counted(counts.warning, 'warning')}; ` +
      `${counts.ok} in order, ${counts.not_checked} not checked.`,
  ];
}

function inFull(title: string, findings: readonly FindingPart[], width = WIDTH): string[] {
  if (findings.length === 0) return [];
  const text = (label: string, words: string | null): string[] =>
    wrap(printable(words ?? ''), Math.max(30, width - LABEL - 4)).map(
      (line, i) => `    ${(i === 0 ? label : '').padEnd(LABEL)}${line}`,
    );
  return [
    title,
    ...findings.flatMap(({ check, looked_at, found, why, to_do }) => [
      `  ${check}`,
      ...text('looked at', looked_at),
      ...text('found', found),
      ...text('why', why),
      ...text('to do', to_do),
      '',
    ]),
  ];
}

function inLines(title: string, findings: readonly FindingPart[], width?: number): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map(({ check, looked_at, found }) => [check, looked_at, found]);
  const [, ...lines] = tableLines(COLUMNS, rows, width === undefined ? undefined : width - 2);
  return [title, ...lines.map((line) => `  ${line}`), ''];
}
