/**
 * Credentials in the headers of requests and responses: `Authorization`, those called `X-...-Token`, cookies, and signatures of addresses.
 *
 * What: the name of the header, in text, in JSON or in what a program prints of its headers, and behind it a scheme that is known and what follows it, a
 * value with digits, or the pairs of a cookie. Why digits: `authorization: denied by policy` is a message.
 *
 * Cost: in a text with such a name (signs.ts), one search for each, each linear. Worked example: `Cookie: sid=hunter2; theme=dark` ->
 * `Cookie: [SECRET]`.
 * Source: RFC 9110 11 (Authorization), RFC 6265 4 (Cookie); the registry of HTTP authentication schemes at IANA, and what vendors document.
 */
import { SECRET_MARK } from './tokens.ts';

/** What may stand between the name of a header and its value. */
const joint = (sign: string): string =>
  `[\\\\"']{0,17} {0,2}${sign}(?:\\\\{0,16}\\s){0,2}(?:\\[(?!SECRET|REMOVED|PAN)\\s{0,64})?[\\\\"']{0,17}`;
const JOINT = joint('[:=]');
const SCHEMES =
  'api-?key|apitoken|token|bearer|basic|digest|negotiate|ntlm|hawk|oauth|aws4-hmac-sha256|shared(?:key|keylite|accesssignature)|jwt|geniekey|splunk|ssws|mac|signature|hmac-sha256|bot|key|privatetoken';
/** `Digest username="ann", response="..."`, or one word. */
const PARAMETER = `[\\w-]{1,40}=(?:\\\\{0,16}"[^"\\\\]{0,2000}(?:\\\\{0,16}"|$)|[^\\s",;\\\\]{0,2000})`;
const SCHEME = new RegExp(
  `(authorization${JOINT}(?:${SCHEMES})(?: |%20|\\+|\\\\{1,16} ){1,2})(${PARAMETER}(?:, ?${PARAMETER})*|[^\\s"',;\\\\\\]]+)`,
  'gi',
);
const AUTHORIZATION = new RegExp(
  `(authorization${JOINT}(?:[a-z][a-z0-9-]{1,30} )?)(?=[^\\s"',;]{0,200}[0-9])([^\\s"',;[\\]\\\\]{6,})`,
  'gi',
);
const HEADER = new RegExp(
  `((?:private-token|x-[a-z-]{1,30}(?:token|key|secret))${joint(':')})(?=[^\\s"',;]{0,200}[0-9])([^\\s"',;[\\]\\\\]{6,})`,
  'gi',
);
const PAIR = `[^\\s=;,"'\\\\]{1,128}=[^\\s;"'\\\\]*`;
const COOKIE = new RegExp(`(cookie${JOINT})${PAIR}(?:; ?${PAIR})*`, 'gi');
/** Of addresses that somebody signed for others to use. */
const SIGNED = /((?<![A-Za-z0-9])sig=)[A-Za-z0-9%/+=_-]{16,}/g;

/** A word of a message is shorter, has no digits, and is not the last one in quotes. */
const LONG = 16;
const QUOTE = /["'\\]/;

const ENDS = [':', ' :', '"', "'", '\\'];

/** What stands in every text in which something is found. */
export const HEADER_WORDS: readonly string[] = [
  ...['authorization', 'cookie', 'token', 'key', 'secret'].flatMap((name) => ENDS.map((end) => name + end)),
  ...['authorization', 'cookie'].flatMap((name) => [`${name}=`, `${name} =`]),
  'sig=',
];

export function withoutHeaders(text: string): string {
  return text
    .replace(SCHEME, (all, before: string, value: string, at: number, whole: string) =>
      value.length >= LONG || /[0-9]/.test(value) || QUOTE.test(whole.charAt(at + all.length))
        ? before + SECRET_MARK
        : all,
    )
    .replace(AUTHORIZATION, `$1${SECRET_MARK}`)
    .replace(HEADER, `$1${SECRET_MARK}`)
    .replace(COOKIE, `$1${SECRET_MARK}`)
    .replace(SIGNED, `$1${SECRET_MARK}`);
}

/** Whether a member is called as a header that carries credentials; `http.request.header.cookie` is one. */
export function isCredentialHeader(name: string): boolean {
  return name.length < 100 && /(?:^|[.])(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i.test(name);
}
