/** What a rule file may hold, and every way in which it is refused: place and text. */
import { describe, expect, test } from 'vitest';
import { costOf, MAX_RULE_COST } from '../../src/rules/rule-cost.ts';
import { parseRuleFile } from '../../src/rules/rule-file.ts';
import { problemsOf, ruleText } from './rule-text.ts';

const WHOLE = `title: Shell in a pod
id: 929A690E-bef0-4204-a928-ef5e620d6fcc
name: pod_shell
status: test
description: Somebody ran a shell.
author: nobody
custom: {anything: goes}
tags:
  - attack.execution
  - attack.t1609
  - attack.t1059.004
  - attack.t1609
  - attack.s0002
logsource:
  category: application
  product: kubernetes
  service: audit
  definition: any level
detection:
  selection:
    verb: create
  condition: selection
falsepositives: Engineers
level: high
counterfoil:
  severity: 80
  effect: {funds: 0.5, records: 1, service: 0}
  tp: 0.3
`;

describe('a whole rule', () => {
  test('is read with all that it says', () => {
    const [rule, ...rest] = parseRuleFile(WHOLE, 'rules/a.yml');
    expect(rest).toEqual([]);
    expect(rule).toMatchObject({
      id: 'sigma:pod_shell',
      name: 'pod_shell',
      uuid: '929a690e-bef0-4204-a928-ef5e620d6fcc',
      title: 'Shell in a pod',
      description: 'Somebody ran a shell.',
      falsePositives: ['Engineers'],
      level: 'high',
      severity: 80,
      techniques: ['T1609', 'T1059.004'],
      source: 'kubernetes-audit',
      effect: { funds: 0.5, records: 1, service: 0 },
      tp: 0.3,
      place: 'rules/a.yml:1:1',
    });
  });

  test('takes its severity from the level, and its id from the uuid, where it says no more', () => {
    const bare = WHOLE.replace(/counterfoil:[^]*$/, '').replace('name: pod_shell\n', '');
    const [rule] = parseRuleFile(bare, 'a.yml');
    expect(rule).toMatchObject({ severity: 75, effect: null, tp: null, name: null });
    expect(rule?.id).toBe('sigma:929a690e-bef0-4204-a928-ef5e620d6fcc');
  });

  test.each([
    ['informational', 10],
    ['low', 25],
    ['medium', 50],
    ['high', 75],
    ['critical', 95],
  ])('level %s is severity %i', (level, severity) => {
    const [rule] = parseRuleFile(
      WHOLE.replace('level: high', `level: ${level}`).replace('  severity: 80\n', ''),
      'a.yml',
    );
    expect(rule?.severity).toBe(severity);
  });

  test('needs no level beside its own severity', () => {
    expect(parseRuleFile(WHOLE.replace('level: high\n', ''), 'a.yml')[0]).toMatchObject({
      level: null,
      severity: 80,
    });
  });

  test('[G2] without a level a rule has the middle of the scale, as the specification lets rules have none', () => {
    const text = WHOLE.replace('level: high\n', '').replace(/counterfoil:[^]*$/, '');
    expect(parseRuleFile(text, 'a.yml')[0]).toMatchObject({ level: null, severity: 50 });
  });

  test('several documents are several rules, each with its place; empty documents are none', () => {
    const second = WHOLE.replace('pod_shell', 'other').replace('929A', 'aaaa');
    const rules = parseRuleFile(`---\n${WHOLE}---\n# nothing\n---\n${second}`, 'a.yml');
    expect(rules.map((rule) => rule.id)).toEqual(['sigma:pod_shell', 'sigma:other']);
    expect(rules.map((rule) => rule.place)).toEqual(['a.yml:2:1', 'a.yml:33:1']);
  });

  test.each([
    ['{product: falco}', 'falco'],
    ['{product: tetragon}', 'tetragon'],
    ['{product: hubble}', 'hubble'],
    ['{product: istio, service: access}', 'istio'],
    ['{product: vault, service: audit}', 'vault'],
    ['{product: spire, service: audit}', 'spire'],
    ['{product: gatekeeper}', 'gatekeeper'],
    ['{product: kyverno}', 'kyverno'],
    ['{product: argocd}', 'argocd'],
    ['{product: trivy}', 'trivy'],
    ['{product: counterfoil, service: events}', 'events'],
    ['{product: kubernetes, service: audit}', 'kubernetes-audit'],
  ])('logsource %s is %s', (logSource, source) => {
    const text = ruleText('s: {a: x}\ncondition: s').replace(
      '{product: kubernetes, service: audit}',
      logSource,
    );
    expect(parseRuleFile(text, 'a.yml')[0]?.source).toBe(source);
  });
});

type Fault = [what: string, from: string | RegExp, to: string, at: string, text: string];

describe('one fault is one problem, with its place', () => {
  test.each<Fault>([
    ['no title', /^title.*\n/, '', '1:1', 'rule has no title'],
    ['title not text', 'Shell in a pod', '[x]', '1:8', 'title has to be text'],
    ['title too long', 'Shell in a pod', 'x'.repeat(257), '1:8', 'title has 257 characters; at most 256'],
    ['id no UUID', /929A.*/, 'rule-1', '2:5', 'id has to be a UUID'],
    ['name empty', 'name: pod_shell', "name: ''", '3:7', 'name has to be text'],
    ['status unknown', 'status: test', 'status: fine', '4:9', 'status has to be one of'],
    [
      'another taxonomy',
      'custom: {anything: goes}',
      'taxonomy: ocsf',
      '7:11',
      'names of the taxonomy ocsf are not known; write fields as records have them',
    ],
    ['status unsupported', 'status: test', 'status: unsupported', '4:9', 'take it out'],
    ['technique', 'attack.t1059.004', 'attack.t105.4', '11:5', 'attack.t105.4 is no technique'],
    ['tag in capitals', 'attack.s0002', 'attack.T1609', '13:5', 'a tag is lower-case text'],
    ['tag no text', 'attack.s0002', '7', '13:5', 'a tag is lower-case text'],
    [
      'category',
      'category: application',
      'category: process_creation',
      '15:3',
      'logsource is none that is read here: {category: process_creation, product: kubernetes, service: audit}; write {product: kubernetes, service: audit}',
    ],
    [
      'product',
      'product: kubernetes',
      'product: windows',
      '15:3',
      'take the rule out, or write it for one of {product: kubernetes, service: audit}, {product: falco}',
    ],
    [
      'product in capitals',
      'product: kubernetes',
      'product: Kubernetes',
      '15:3',
      '; write {product: kubernetes, service: audit}',
    ],
    [
      'service',
      'service: audit',
      'service: apiserver',
      '15:3',
      '{category: application, product: kubernetes, service: apiserver}; write {product: kubernetes, service: audit}',
    ],
    ['no service', '  service: audit\n', '', '15:3', '; write {product: kubernetes, service: audit}'],
    ['level unknown', 'level: high', 'level: severe', '24:8', 'level has to be informational'],
    ['extension key', '  tp: 0.3', '  tpp: 0.3', '28:3', '"tpp" is not known under counterfoil'],
    ['severity', 'severity: 80', 'severity: 101', '26:13', 'severity has to be a number from 0 to 100'],
    ['tp', 'tp: 0.3', "tp: '0.3'", '28:7', 'tp has to be a number from 0 to 1'],
    ['effect part', ', service: 0}', '}', '27:11', 'effect has no service'],
    ['effect range', 'records: 1', 'records: 1.5', '27:33', 'records has to be a number from 0 to 1'],
    ['no condition', '  condition: selection\n', '', '20:3', 'detection has no condition'],
    ['condition no text', 'condition: selection', 'condition: 7', '22:14', 'condition has to be text'],
    [
      'condition empty list',
      'condition: selection',
      'condition: []',
      '22:14',
      'condition has to be one text or a list',
    ],
    [
      'timeframe',
      '  condition:',
      '  timeframe: 5m\n  condition:',
      '22:3',
      'timeframe belongs to Sigma v1; write a correlation rule',
    ],
    [
      'identifier name',
      'selection:\n',
      "'a b': {c: d}\n  selection:\n",
      '20:3',
      'a search identifier is named with',
    ],
    [
      'identifier reserved',
      'selection:\n',
      'them: {c: d}\n  selection:\n',
      '20:3',
      'them is a word of conditions',
    ],
    [
      'identifier scalar',
      'selection:\n',
      'x: y\n  selection:\n',
      '20:6',
      'write the keyword as a list of one',
    ],
    [
      'identifier null',
      'selection:\n',
      'x:\n  selection:\n',
      '20:5',
      'x has to be a mapping of fields or a list',
    ],
    ['identifier empty map', 'selection:\n', 'x: {}\n  selection:\n', '20:6', 'mapping is empty'],
    ['identifier empty list', 'selection:\n', 'x: []\n  selection:\n', '20:6', 'x is an empty list'],
    ['key no text', 'verb: create', '7: create', '21:5', 'a key has to be text'],
    ['identifier no text', 'selection:\n', '7: {c: d}\n  selection:\n', '20:3', 'a key has to be text'],
    ['value nested map', 'verb: create', 'verb: {a: b}', '21:11', 'fields do not nest'],
    ['value nested list', 'verb: create', 'verb: [[a]]', '21:12', 'lists do not nest'],
    ['value empty list', 'verb: create', 'verb: []', '21:11', 'verb has an empty list'],
    ['value alias', 'verb: create', 'verb: &v create\n    w: *v', '22:8', 'aliases are not supported'],
    ['value too long', 'verb: create', `verb: ${'x'.repeat(4_097)}`, '21:11', 'longer than 4096'],
    ['number not exact', 'verb: create', 'verb: 1715108059341081180', '21:11', 'write it in quotes'],
    ['path too long', 'verb: create', `${'a.'.repeat(24)}a: x`, '21:5', 'field has more than 24 parts'],
    ['collection', 'custom:', 'action:', '7:1', 'collections of Sigma v1'],
    ['duplicate key', 'author:', 'title:', '6:1', 'key "title" stands twice in its mapping; leave one out'],
    ['unknown tag', 'verb: create', 'verb: !regex create', '21:11', 'YAML: Unresolved tag: !regex'],
    ['a tab', '    verb: create', '\tverb: create', '21:1', 'YAML: a tab indents this line; use spaces'],
    ['indented less', '  condition:', ' condition:', '22:1', 'begins at another column than those beside it'],
    [
      'indented more',
      'author: nobody',
      'author: nobody\n  by: me',
      '6:9',
      'YAML: a colon where a value goes on',
    ],
    ['a second colon', 'verb: create', 'verb: a: b', '21:11', 'put a value that has one in quotes'],
    ['no space behind the only colon', 'verb: create', 'verb:create', '21:5', 'put a space behind the colon'],
    ['no space behind a colon', 'verb: create', 'verb: create\n    w:x', '22:5', 'write it as key: value'],
    ['a bare percent sign', 'verb: create', 'verb: %x%', '21:11', 'put the value in quotes'],
    ['a backslash', 'verb: create', 'verb: "C:\\Windows"', '21:14', 'use single quotes'],
    ['a bare star', 'verb: create', 'verb: *create', '21:11', 'put a text that begins with * in quotes'],
    [
      'a condition indented too far',
      '  condition:',
      '    condition:',
      '20:3',
      'detection has no condition; one stands within selection; indent it as selection is',
    ],
    [
      'a modifier of an identifier',
      'selection:\n',
      'x|all: {c: d}\n  selection:\n',
      '20:3',
      'modifiers belong to fields; write x,',
    ],
    [
      'a modifier in capitals',
      'verb: create',
      'verb|Contains: create',
      '21:5',
      '"Contains" is not a modifier; write contains',
    ],
    ['too deep', 'verb: create', `verb: ${'['.repeat(100_000)}`, '21:\\d+', 'nested too deeply'],
    ['broken YAML', 'custom: {anything: goes}', 'custom: {anything', '8:1', 'YAML: '],
    ['not a mapping', /^[^]*$/, '- a\n', '1:1', 'document is no Sigma rule'],
    ['nothing', /^[^]*$/, '# nothing\n', '1:1', 'file has no rule'],
    ['too large', /^[^]*$/, 'x'.repeat(1024 * 1024 + 1), '1:1', 'at most 1048576 are read'],
    ['too many documents', /^[^]*$/, '--- {}\n'.repeat(1_001), '1:1', 'at most 1000 are read'],
  ])('%s', (_what, from, to, at, text) => {
    const broken = WHOLE.replace(from, to);
    expect(broken).not.toBe(WHOLE);
    const [problem, ...rest] = problemsOf(broken);
    expect(rest).toEqual([]);
    expect(problem?.at).toMatch(new RegExp(`^rule.yml:${at}$`));
    expect(problem?.text).toContain(text);
  });

  test('a megabyte of short keys takes seconds, not minutes', () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `k${index}: 1\n`).join('');
    const start = performance.now();
    expect(problemsOf(WHOLE.replace('custom: {anything: goes}\n', keys))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

describe('a field that cannot be compared', () => {
  test.each<[field: string, column: number, text: string]>([
    ['a|neq|gt: 1', 5, 'neq has no meaning with gt; write the opposite'],
    ['a|neq|exists: true', 5, 'neq has no meaning with exists'],
    ['a|neq|all: [x, y]', 5, 'neq means none of the values already'],
    ['a|windash|re: x', 5, 'windash has no meaning with re'],
    ['a|base64|windash: x', 5, 'windash has to stand before base64'],
    ['a|contains|base64offset: x', 5, 'contains has to stand behind base64offset'],
    ["a|base64: 'x*'", 15, 'wildcards cannot be encoded'],
    ['a|base64: true', 15, 'base64 takes text'],
    ["a|base64offset: ''", 21, 'base64offset with an empty text'],
    ['a|base64|wide: x', 20, 'utf16le has to stand before base64'],
    ['a|utf16: x', 14, 'the bytes of utf16 are no text; write |utf16|base64offset'],
    ["a|wide: '\u00e4'", 13, 'the bytes of utf16le are no text'],
    ["a|expand: '%x%'", 15, 'placeholder %x% has no values; set rules.placeholders.x'],
    ["a|re|expand: '%x%'", 5, 'expand has no meaning with re'],
    ['a|fieldref: 5', 17, 'fieldref takes the name of a field'],
    ['a|fieldref|re: b', 5, 'fieldref compares texts, and has no meaning with re'],
    ['a|fieldref|gt: b', 5, 'fieldref compares texts, and has no meaning with gt'],
    ['a|fieldref|exists: true', 5, 'no meaning with exists'],
    ['a|fieldref|hour: b', 5, 'no meaning with hour'],
    ['a|hour: 24', 13, 'hour is a whole number from 0 to 23'],
    ["a|hour: '3'", 13, 'hour is a whole number from 0 to 23, without quotes'],
    ['a|hour: 1.5', 13, 'hour is a whole number'],
    ['a|hour|contains: 3', 5, 'hour is a number, and cannot be compared with contains'],
    ['a|hour|minute: 3', 5, 'hour and minute exclude each other'],
    ['a|hour|cased: 3', 5, 'cased has no meaning with hour'],
    ['a|begins: x', 5, '"begins" is not a modifier; use one of contains, startswith'],
    ['a|toString: x', 5, '"toString" is not a modifier'],
    ['a|: x', 5, '"" is not a modifier'],
    ['a|contains|startswith: x', 5, 'contains and startswith exclude each other'],
    ['a|contains|re: x', 5, 'contains and re exclude each other'],
    ['a|cased|cased: x', 5, 'modifier cased stands twice'],
    ['a|i: x', 5, 'modifier i is a flag of re'],
    ['a|i|re: x', 5, 'modifier i has to stand behind re'],
    ['a|re|cased: x', 5, 'cased already'],
    ['a|gt|cased: 1', 5, 'cased has no meaning with gt'],
    ['a|contains|all: x', 5, 'all needs a list of two or more'],
    ['a|contains|all: [x]', 5, 'all needs a list of two or more'],
    ['a|exists: maybe', 15, 'exists takes one value, true or false'],
    ['a|exists: [true, false]', 15, 'exists takes one value'],
    ['a|exists|all: true', 5, 'leave all out'],
    ["a|contains: ''", 17, 'contains with an empty text'],
    ['a|contains: null', 17, 'contains takes text'],
    ['a|startswith: true', 19, 'startswith takes text'],
    ["a|gt: '5'", 11, 'gt compares numbers'],
    ['a|gte: .inf', 12, 'number is not exact'],
    ["a|re: '('", 11, "not of RE2's syntax: missing closing )"],
    ["a|re: '(?=x)'", 11, 'write the parts as two values of |re|all'],
    ["a|re: 'x(?!y)'", 11, '`not` in the condition'],
    ["a|re: '(?<=x)y'", 11, 'look-around is not linear'],
    ["a|re: '(a)\\1'", 11, 'back-references are not linear'],
    ["a|re: 'a++'", 11, 'possessive and atomic groups'],
    ['a|re: 5', 11, 're takes text'],
    ["a|re: 'x{1001}'", 11, 'invalid repeat count'],
    ["a|re: '[a-z]{900}[a-z]{900}[a-z]{900}'", 11, 'regular expression is too large'],
    ['a|cidr: 10.0.0.0/33', 13, 'needs a prefix length from 0 to 32'],
    ['a|cidr: 10.0.0.1/8', 13, 'address bits beyond its prefix /8'],
    ['a|cidr: nowhere', 13, 'is not an IP network'],
    ['a|cidr: [10.0.0.0/8, x]', 26, 'is not an IP network'],
    ["'': x", 5, 'a field needs a name'],
    ["'|neq': [x, y]", 5, 'keywords cannot be searched with neq'],
    ["'|fieldref': [x, y]", 5, 'keywords cannot be searched with fieldref'],
    ["'|startswith': [x, y]", 5, 'keywords cannot be searched with startswith'],
    ["'|contains': ''", 18, 'contains with an empty text'],
  ])('[G2] %s', (field, column, text) => {
    const [problem, ...rest] = problemsOf(ruleText(`s:\n  ${field}\ncondition: s`));
    expect(rest).toEqual([]);
    expect(problem?.at).toBe(`rule.yml:7:${column}`);
    expect(problem?.text).toContain(text);
  });
});

describe('many faults', () => {
  test('are all named at once, in every document of the file', () => {
    const text = [
      'logsource: {product: windows}',
      'detection:',
      '  s: {a|foo: x, b|gt: y}',
      '  condition: s and t',
      '---',
      'title: Second',
    ].join('\n');
    const found = problemsOf(text).map(
      (problem) => `${problem.at.slice('rule.yml:'.length)} ${problem.text.slice(0, 24)}`,
    );
    expect(found).toEqual([
      '1:1 rule has no title; add o',
      '1:1 rule has neither name no',
      '1:12 logsource is none that i',
      '3:7 "foo" is not a modifier;',
      '3:23 gt compares numbers; wri',
      '4:20 condition names t, but t',
      '6:1 rule has neither name no',
      '6:1 rule has no logsource; a',
      '6:1 rule has no detection; a',
    ]);
  });

  test('the message names the first and counts the others', () => {
    expect(() => parseRuleFile('title: x', 'a.yml')).toThrow(
      /^a\.yml:1:1: rule has neither name nor id; add a name \(and \d more\)$/,
    );
  });
});

describe('cost', () => {
  /** A field costs one and each of its values one; the condition adds nothing for a single name. */
  const withValues = (count: number): string =>
    ruleText(`s:\n  a: [${Array.from({ length: count }, (_, i) => `v${i}`).join(', ')}]\ncondition: s`);

  test('a rule at the limit is taken, one above it is refused', () => {
    expect(problemsOf(withValues(MAX_RULE_COST - 1))).toEqual([]);
    expect(problemsOf(withValues(MAX_RULE_COST))[0]?.text).toContain(
      `rule costs ${MAX_RULE_COST + 1} comparisons`,
    );
  });

  test('counts a name each time that the condition uses it', () => {
    const condition = Array.from({ length: 40 }, () => '1 of s*').join(' and ');
    const identifiers = Array.from({ length: 100 }, (_, i) => `s${i}: {a: [x, y]}`).join('\n');
    expect(problemsOf(ruleText(`${identifiers}\ncondition: ${condition}`))[0]?.text).toContain(
      'rule costs 12041',
    );
  });

  test.each([
    // Dashes are compared where they stand; only an encoding needs each spelling.
    ["a|windash|contains: ['-x -y']", 2],
    ["a|windash|base64: '-x -y'", 1 + 25],
    ['a|base64offset|contains: [x, y]', 1 + 6],
    ["a|expand: '%three%'", 1 + 3],
    ['a|fieldref: [b, c]', 1 + 2 * 2],
    ['a|hour: [1, 2]', 1 + 2],
  ])('%s costs %i', (field, cost) => {
    const [rule] = parseRuleFile(ruleText(`s:\n  ${field}\ncondition: s`), 'a.yml', {
      three: ['x', 'y', 'z'],
    });
    expect(rule === undefined ? 0 : costOf(rule.condition, rule.detections)).toBe(cost);
  });

  test('a value that stands for too many texts is refused, at its place', () => {
    const text = (value: string): string => ruleText(`s:\n  a|windash|base64: '${value}'\ncondition: s`);
    expect(problemsOf(text('-a -b -c -d'))).toEqual([]);
    expect(problemsOf(text('-a -b -c -d -e'))).toEqual([
      {
        at: 'rule.yml:7:23',
        text: 'value stands for more than 1000 texts; use fewer parameters with windash',
      },
    ]);
  });

  test('search identifiers are limited', () => {
    const identifiers = Array.from({ length: 101 }, (_, i) => `s${i}: {a: x}`).join('\n');
    const [problem] = problemsOf(ruleText(`${identifiers}\ncondition: s1`));
    expect(problem).toMatchObject({ at: 'rule.yml:6:3' });
    expect(problem?.text).toContain('101 search identifiers; at most 100');
  });
});
