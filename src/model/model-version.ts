/**
 * Version of what documents are computed by. It grows when the same facts give other content, and a lower version never
 * overwrites a higher one (DESIGN section 2).
 */
export const MODEL_VERSION = '1';
