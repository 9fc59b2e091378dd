/** Writes docs/reference/rules.md from the files of data/rules. With `--check` it fails when the file is not fresh. */
import { DEFAULT_RULES, readRuleFiles } from '../src/config/data-files.ts';
import { loadRules } from '../src/rules/compile.ts';
import { rulesReference } from '../src/rules/reference.ts';
import { generate } from './generated-file.ts';

const { byId } = loadRules(readRuleFiles([DEFAULT_RULES]));
generate({ 'docs/reference/rules.md': rulesReference([...byId.values()]) });
