/** Writes docs/reference/metrics.md from the table of metrics. With `--check` it fails when the file is not fresh. */
import { metricsReference } from '../src/telemetry/reference.ts';
import { generate } from './generated-file.ts';

generate({ 'docs/reference/metrics.md': metricsReference() });
