/**
 * The condition of a rule as a tree: a tokenizer and a parser by precedence, `or` weakest, then `and`, then
 * `not`, then `1 of x*` and parentheses.
 *
 * Recursive descent, one function per precedence, so the shape of the code is the grammar:
 *
 *   or   = and { "or" and }         and  = not { "and" not }
 *   not  = "not" not | atom         atom = "(" or ")" | ("1" | "all") "of" ("them" | pattern) | name
 *
 * Cost: linear in the text; nesting is limited because each level is a call.
 *
 * Worked example: `a or not b and c` -> or(a, and(not(b), c)).
 * Source: Sigma rules specification v2, "Condition".
 */

export type Condition =
  | { kind: 'name'; name: string; offset: number }
  /** A null pattern is `them`. */
  | { kind: 'quantifier'; quantity: 'one' | 'all'; pattern: string | null; offset: number }
  | { kind: 'not'; operand: Condition }
  | { kind: 'and' | 'or'; operands: Condition[] };

/** What is wrong with a condition, and at which character of it. */
export class ConditionError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.name = 'ConditionError';
    this.offset = offset;
  }
}

export const MAX_CONDITION_LENGTH = 4_096;
/** Parentheses and `not`s within each other. */
export const MAX_CONDITION_DEPTH = 32;

interface Token {
  text: string;
  offset: number;
}

const WORD = /[A-Za-z0-9_.*-]/;
export const RESERVED_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'of', 'them', 'all', '1']);

/**
 * Parses the text of a condition.
 * @throws ConditionError with the place within the text
 */
export function parseCondition(text: string): Condition {
  if (text.length > MAX_CONDITION_LENGTH) {
    throw new ConditionError(
      0,
      `condition is longer than ${MAX_CONDITION_LENGTH} characters; split the rule`,
    );
  }
  const reader = new TokenReader(tokensOf(text), text.length);
  const condition = parseOr(reader, 0);
  const rest = reader.peek();
  if (rest !== undefined) throw unexpected(rest, 'and, or, or the end of the condition');
  return condition;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const character = text[offset] ?? '';
    let end = offset + 1;
    if (WORD.test(character)) {
      while (end < text.length && WORD.test(text[end] ?? '')) end++;
    } else if (!/[\s()]/.test(character)) throw new ConditionError(offset, strangeCharacter(character));
    if (!/\s/.test(character)) tokens.push({ text: text.slice(offset, end), offset });
    offset = end;
  }
  return tokens;
}

function strangeCharacter(character: string): string {
  if (character === '|') return 'aggregations behind | are no part of Sigma v2; write a correlation rule';
  return `${JSON.stringify(character)} has no meaning in a condition; use names, and, or, not, "1 of", "all of" and parentheses`;
}

class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** The next token. @throws ConditionError at the end of the condition */
  take(wanted: string): Token {
    const token = this.peek();
    if (token === undefined)
      throw new ConditionError(this.#end, `condition ends where ${wanted} has to follow`);
    this.#next++;
    return token;
  }

  /** Takes the next token if it is this word, which is written in any case. */
  takeWord(word: string): Token | undefined {
    const token = this.peek();
    if (token === undefined || token.text.toLowerCase() !== word) return undefined;
    this.#next++;
    return token;
  }
}

const OPERAND = 'a name, not, "1 of", "all of" or (';

function unexpected(token: Token, wanted: string): ConditionError {
  return new ConditionError(
    token.offset,
    `${JSON.stringify(token.text)} stands where ${wanted} has to follow`,
  );
}

function parseOr(reader: TokenReader, depth: number): Condition {
  return parseChain(reader, 'or', () => parseAnd(reader, depth));
}

function parseAnd(reader: TokenReader, depth: number): Condition {
  return parseChain(reader, 'and', () => parseNot(reader, depth));
}

function parseChain(reader: TokenReader, kind: 'and' | 'or', parseOperand: () => Condition): Condition {
  const first = parseOperand();
  const operands = [first];
  while (reader.takeWord(kind) !== undefined) operands.push(parseOperand());
  return operands.length === 1 ? first : { kind, operands };
}

function parseNot(reader: TokenReader, depth: number): Condition {
  const token = reader.takeWord('not');
  if (token === undefined) return parseAtom(reader, depth);
  return { kind: 'not', operand: parseNot(reader, deeper(depth, token)) };
}

function deeper(depth: number, token: Token): number {
  if (depth < MAX_CONDITION_DEPTH) return depth + 1;
  throw new ConditionError(
    token.offset,
    `condition is nested deeper than ${MAX_CONDITION_DEPTH} levels; name its parts`,
  );
}

function parseAtom(reader: TokenReader, depth: number): Condition {
  const token = reader.take(OPERAND);
  if (token.text === '(') {
    const inner = parseOr(reader, deeper(depth, token));
    const close = reader.take(')');
    if (close.text !== ')') throw unexpected(close, 'and, or, or )');
    return inner;
  }
  const word = token.text.toLowerCase();
  if (reader.takeWord('of') !== undefined) return parseQuantifier(reader, token, word);
  if (token.text === ')' || RESERVED_WORDS.has(word)) throw unexpected(token, OPERAND);
  if (token.text.includes('*')) {
    throw new ConditionError(
      token.offset,
      `${JSON.stringify(token.text)} stands for several names; write 1 of or all of before it`,
    );
  }
  return { kind: 'name', name: token.text, offset: token.offset };
}

function parseQuantifier(reader: TokenReader, token: Token, word: string): Condition {
  if (word !== '1' && word !== 'all') {
    throw new ConditionError(token.offset, `"${token.text} of" is not supported; write "1 of" or "all of"`);
  }
  const pattern = reader.take('them or a pattern of names');
  const lower = pattern.text.toLowerCase();
  if (!WORD.test(pattern.text) || (lower !== 'them' && RESERVED_WORDS.has(lower))) {
    throw unexpected(pattern, 'them or a pattern of names');
  }
  return {
    kind: 'quantifier',
    quantity: word === '1' ? 'one' : 'all',
    pattern: lower === 'them' ? null : pattern.text,
    offset: token.offset,
  };
}
