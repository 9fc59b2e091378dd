/** Writes docs/reference/rules.md from the files of data/rules. With `--check` it fails when the file is not fresh. */
import { DEFAULT_RULES, readRuleFiles } from '../src/config/data-files.ts';
import { loadRules } from '../src/rules/compile.ts';
import { rulesReference } from '../src/rules/reference.ts';
import type { SigmaRule } from '../src/rules/sigma-rule.ts';
import { generate } from './generated-file.ts';

const { byId } = loadRules(readRuleFiles([DEFAULT_RULES]));
// Correlation rules have no log source of their own; none of them comes with it.
const single = [...byId.values()].filter((rule): rule is SigmaRule => 'source' in rule);
generate({ 'docs/reference/rules.md': rulesReference(single) });
