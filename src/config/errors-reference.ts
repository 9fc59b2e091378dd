/** The reference page of error codes, from the table in model/errors.ts. */
import { ERRORS } from '../model/errors.ts';
import { REFUSAL_REASONS } from '../model/refusal.ts';

const HEAD = `# Errors

<!-- Written by tools/generate-errors.ts from src/model/errors.ts; change it there. -->

Every error has a code. The command line prints it behind the message and ends with the exit status; the API answers
\`application/problem+json\` with the code and the HTTP status. Exit 0 is success.

| code | exit | HTTP | what it means |
|---|---|---|---|
`;

const REASONS = `
## Why a record is refused

A refused record is counted and shown with its place and this reason; the run goes on.

`;

/** The page as Markdown. */
export function errorsReference(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { exit, status, title }]) => `| \`${code}\` | ${exit} | ${status} | ${title} |`,
  );
  const reasons = REFUSAL_REASONS.map((reason) => `- \`${reason}\``);
  return `${HEAD}${rows.join('\n')}\n${REASONS}${reasons.join('\n')}\n`;
}
