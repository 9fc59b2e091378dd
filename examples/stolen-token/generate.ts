/**
 * Writes the files of the story (data/*.ndjson). The same bytes on every machine: seeded, and no clock.
 *
 *   node examples/stolen-token/generate.ts           writes them
 *   node examples/stolen-token/generate.ts --check   fails when one of them is not what this program would write
 */
import { generate } from '../../tools/generated-file.ts';
import { story } from './story/story.ts';

const FOLDER = 'examples/stolen-token/data';
/** The day of the story. */
const SEED = 20_260_310;

const files = Object.entries(story({ seed: SEED, attack: true }));
generate(Object.fromEntries(files.map(([name, content]) => [`${FOLDER}/${name}`, content])));
