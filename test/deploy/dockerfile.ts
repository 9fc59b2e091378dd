/** The Dockerfile as a list of stages with their instructions: enough of its grammar for this one. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Instruction {
  word: string;
  text: string;
}

export interface Stage {
  image: string;
  name: string | null;
  instructions: Instruction[];
}

/** @throws where a line is none of those that this reader knows */
export function stagesOf(text: string): Stage[] {
  const joined = text
    .split('\n')
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .join('\n')
    .replaceAll(/\\\n\s*/g, '');
  const stages: Stage[] = [];
  for (const line of joined.split('\n')) {
    const [, word = '', rest = ''] = /^\s*([A-Z]+) (.+)$/.exec(line) ?? [];
    if (word === '') throw new Error(`no instruction: ${line}`);
    if (word !== 'FROM') stages.at(-1)?.instructions.push({ word, text: rest });
    else {
      const [image = '', , name = null] = rest.split(' ');
      stages.push({ image, name, instructions: [] });
    }
  }
  return stages;
}

export function dockerfile(): Stage[] {
  return stagesOf(readFileSync(`${ROOT}Dockerfile`, 'utf8'));
}

/** Instructions of a word in a stage. */
export function allOf(stage: Stage | undefined, word: string): string[] {
  return (stage?.instructions ?? []).filter((each) => each.word === word).map(({ text }) => text);
}

/** What a stage takes from the folder of the build, and where it goes. */
export function copiesOf(stage: Stage | undefined): { sources: string[]; target: string }[] {
  return allOf(stage, 'COPY')
    .filter((text) => !text.startsWith('--from'))
    .map((text) => ({ sources: text.split(' ').slice(0, -1), target: text.split(' ').at(-1) ?? '' }));
}
