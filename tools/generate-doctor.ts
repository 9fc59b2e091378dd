/** Writes docs/reference/doctor.md from the table of checks. With `--check` it fails when the file is not fresh. */
import { doctorReference } from '../src/cli/doctor/reference.ts';
import { generate } from './generated-file.ts';

generate({ 'docs/reference/doctor.md': doctorReference() });
