/** Writes docs/reference/errors.md from the table of errors. With `--check` it fails when the file is not fresh. */
import { errorsReference } from '../src/config/errors-reference.ts';
import { generate } from './generated-file.ts';

generate({ 'docs/reference/errors.md': errorsReference() });
