/**
 * Tokens that say by their beginning what they are: access tokens of code hosts, clouds, registries, payment providers and secret stores.
 *
 * What: a prefix that its issuer publishes so that scanners can find it, and behind it as many units as make a guess
 * safe. Fewer than a whole token has are enough, because logs cut lines. Why prefixes only: digests, UUIDs and trace ids look as
 * random as any token, and must stay.
 *
 * Cost: one search in a text with such a prefix (signs.ts), linear: each form is a literal and one class behind it.
 * Worked example: `git clone https://x:ghp_16C7e42F292c6912E7710c838347Ae178B4a@host` -> `...x:[SECRET]@host`.
 * Source: the documentation of each issuer, as named in the rows.
 */
export const SECRET_MARK = '[SECRET]';

export interface TokenForm {
  issuer: string;
  /** How it begins, in lower case, digits standing for any digit (word-automaton.ts). */
  begins: readonly string[];
  /** Regular expression, without groups that capture. */
  form: string;
}

export const TOKEN_FORMS: readonly TokenForm[] = [
  { issuer: 'GitHub', begins: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], form: 'gh[pousr]_[A-Za-z0-9]{20,}' },
  { issuer: 'GitHub, fine-grained', begins: ['github_pat_'], form: 'github_pat_[A-Za-z0-9_]{20,}' },
  {
    issuer: 'GitLab',
    begins: ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glft-', 'glimt-', 'glsoat-', 'glagent-'],
    form: 'gl(?:pat|dt|rt|cbt|ptt|ft|imt|soat|agent)-[A-Za-z0-9_.-]{18,}',
  },
  { issuer: 'Slack', begins: ['xox', 'xapp-'], form: '(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}' },
  {
    issuer: 'Slack, webhooks',
    begins: ['hooks.slack.com/'],
    form: 'hooks\\.slack\\.com/(?:services|workflows)/[A-Za-z0-9/_-]{16,}',
  },
  {
    issuer: 'AWS, with the secret key where it stands beside',
    begins: ['akia', 'asia'],
    form: '(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])(?:[\\s:,;|"\'\\\\]{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=]))?',
  },
  {
    issuer: 'Stripe',
    begins: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'],
    form: '[sr]k_(?:live|test)_[A-Za-z0-9]{10,}',
  },
  { issuer: 'Stripe, webhooks', begins: ['whsec_'], form: 'whsec_[A-Za-z0-9+/=]{16,}' },
  { issuer: 'Vault', begins: ['hvs.', 'hvb.', 'hvr.'], form: 'hv[sbr]\\.[A-Za-z0-9_-]{20,}' },
  {
    issuer: 'Vault before 1.10',
    // A word's beginning: names of hosts end in `s.` too.
    begins: [' s.', '"s.', "'s.", '=s.', ':s.', '\\s.'],
    form: '(?<![\\w.-])s\\.(?=[A-Za-z]{0,23}[0-9])(?=[a-z0-9]{0,23}[A-Z])[A-Za-z0-9]{24}(?![\\w.-])',
  },
  { issuer: 'npm', begins: ['npm_'], form: 'npm_[A-Za-z0-9]{30,}' },
  { issuer: 'Google, API keys', begins: ['aiza'], form: 'AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])' },
  { issuer: 'Google, OAuth', begins: ['ya00.', 'gocspx-'], form: '(?:ya29\\.|GOCSPX-)[A-Za-z0-9_-]{20,}' },
  { issuer: 'PyPI', begins: ['pypi-age'], form: 'pypi-AgE[A-Za-z0-9_-]{20,}' },
  { issuer: 'Docker Hub', begins: ['dckr_pat_', 'dckr_oat_'], form: 'dckr_[po]at_[A-Za-z0-9_-]{20,}' },
  { issuer: 'SendGrid', begins: ['sg.'], form: 'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}' },
  { issuer: 'age', begins: ['age-secret-key-0'], form: 'AGE-SECRET-KEY-1[A-Z0-9]{20,}' },
  {
    // `-----BEGIN ` in base64, as in kubeconfigs; what follows is no certificate and no public key.
    issuer: 'Private keys in base64',
    begins: ['ls0tls0crudjti'],
    form: 'LS0tLS1CRUdJTiB(?!DRVJU|QVUJM)[A-Za-z0-9+/=_-]{12,}',
  },
];

const ANY = new RegExp(`(?<![A-Za-z0-9])(?:${TOKEN_FORMS.map(({ form }) => form).join('|')})`, 'g');

/** What stands in every text with a token. */
export const TOKEN_WORDS: readonly string[] = TOKEN_FORMS.flatMap(({ begins }) => begins);

export function withoutTokens(text: string): string {
  return text.replace(ANY, SECRET_MARK);
}
