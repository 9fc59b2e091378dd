/**
 * Values and modifiers. Each row is one field of a rule against one record; the expectation was written by hand
 * from the Sigma specification ("Detection", "Escaping", modifiers appendix), not from what the code does.
 */
import { describe, expect, test } from 'vitest';
import type { RawRecord } from './observation.ts';
import { holds } from './rule-text.ts';

type Row = [field: string, record: RawRecord, expected: boolean];

function check(rows: Row[]): void {
  test.each(rows)('%s | %j -> %s', (field, record, expected) => {
    expect(holds(`s:\n  ${field}\ncondition: s`, record)).toBe(expected);
  });
}

describe('plain values', () => {
  check([
    ['a: foo', { a: 'foo' }, true],
    ['a: foo', { a: 'FOO' }, true],
    ['a: FOO', { a: 'foo' }, true],
    ['a: foo', { a: 'foo ' }, false],
    ['a: foo', { a: 'xfoo' }, false],
    ['a: foo', { b: 'foo' }, false],
    ['a: foo', { a: { b: 'foo' } }, false],
    ['a: [foo, bar]', { a: 'bar' }, true],
    ['a: [foo, bar]', { a: 'baz' }, false],
    ["a: ''", { a: '' }, true],
    ["a: ''", { a: 'x' }, false],
    ["a: ''", { a: null }, false],
    ["a: ''", {}, false],
    ["a: 'ΣΊΣΥΦΟΣ'", { a: 'σίσυφος' }, true],
  ]);
});

describe('null, numbers and booleans', () => {
  check([
    ['a: null', {}, true],
    ['a: null', { a: null }, true],
    ['a:', { a: null }, true],
    ['a: null', { a: '' }, false],
    ['a: null', { a: 'null' }, false],
    ['a: null', { a: 0 }, false],
    ['a: null', { a: [] }, true],
    ['a: null', { a: {} }, false],
    ["a: [null, '']", { a: '' }, true],
    ['a: 101', { a: 101 }, true],
    ['a: 101', { a: '101' }, true],
    ['a: 101', { a: '0101' }, false],
    ['a: 101', { a: 1010 }, false],
    ["a: '101'", { a: 101 }, true],
    ["a: '10*'", { a: 101 }, true],
    ['a: 1.10', { a: '1.10' }, true],
    ['a: 1.10', { a: 1.1 }, true],
    ['a: 0', { a: false }, false],
    ['a: true', { a: true }, true],
    ['a: true', { a: 'True' }, true],
    ['a: true', { a: false }, false],
    ['a: true', { a: 1 }, false],
    ['a: false', {}, false],
    ["a: 'true'", { a: true }, true],
  ]);
});

describe('wildcards and escapes', () => {
  check([
    ["a: 'f*o'", { a: 'fo' }, true],
    ["a: 'f*o'", { a: 'fxxo' }, true],
    ["a: 'f*o'", { a: 'fxxoy' }, false],
    ["a: 'f?o'", { a: 'fxo' }, true],
    ["a: 'f?o'", { a: 'fo' }, false],
    ["a: 'f?o'", { a: 'fxxo' }, false],
    ["a: 'f?o'", { a: 'f\u{1F600}o' }, true],
    ["a: '?'", { a: '' }, false],
    ["a: '*'", { a: '' }, true],
    ["a: '*'", {}, false],
    ["a: '*b*b'", { a: 'abcb' }, true],
    ["a: '*ab*ab'", { a: 'xab' }, false],
    ["a: 'a*'", { a: 'a\nb' }, true],
    ["a: '*?b'", { a: 'b' }, false],
    ["a: 'a\\*'", { a: 'a*' }, true],
    ["a: 'a\\*'", { a: 'ab' }, false],
    ["a: 'a\\?'", { a: 'a?' }, true],
    ["a: 'a\\?'", { a: 'ab' }, false],
    ["a: 'C:\\Win'", { a: 'C:\\Win' }, true],
    ["a: 'C:\\\\Win'", { a: 'C:\\Win' }, true],
    ["a: 'a\\\\*'", { a: 'a\\xyz' }, true],
    ["a: 'a\\\\*'", { a: 'a*' }, false],
    ["a: 'a\\\\\\*'", { a: 'a\\*' }, true],
    ["a: 'a\\\\\\*'", { a: 'a\\b' }, false],
    ["a: 'a\\\\\\b'", { a: 'a\\\\b' }, true],
    ["a: 'a\\\\\\\\b'", { a: 'a\\\\b' }, true],
    ["a: 'a%b%'", { a: 'a%b%' }, true],
    ["a: '(a.c)'", { a: '(abc)' }, false],
  ]);
});

describe('contains, startswith, endswith', () => {
  check([
    ['a|contains: oo', { a: 'FOOD' }, true],
    ['a|contains: oo', { a: 'fod' }, false],
    ['a|contains: oo', { a: 'oo' }, true],
    ["a|contains: 'o*d'", { a: 'a food store' }, true],
    ["a|contains: 'o\\*d'", { a: 'a food store' }, false],
    ["a|contains: 'x\\'", { a: 'x\\y' }, true],
    ["a|contains: 'x\\'", { a: 'x*' }, false],
    ['a|contains: 20', { a: 12013 }, true],
    ['a|startswith: adm', { a: 'Administrator' }, true],
    ['a|startswith: adm', { a: 'an admin' }, false],
    ['a|startswith: [x, adm]', { a: 'admin' }, true],
    ["a|startswith: 'a?m'", { a: 'admin' }, true],
    ["a|endswith: '\\cmd.exe'", { a: 'C:\\x\\CMD.EXE' }, true],
    ["a|endswith: '\\cmd.exe'", { a: 'C:\\x\\cmd.exe1' }, false],
    ['a|endswith: aba', { a: 'ababa' }, true],
    ["a|startswith: 'ΣΑΣ'", { a: 'ΣΑΣΑ' }, true],
    ["a|endswith: '?b'", { a: '\u{1F600}b' }, true],
  ]);
});

describe('all, cased, exists', () => {
  check([
    ['a|contains|all: [x, y]', { a: 'yx' }, true],
    ['a|contains|all: [x, y]', { a: 'xx' }, false],
    ['a|all|contains: [x, y]', { a: 'axby' }, true],
    ['a|contains|all: [x, y]', {}, false],
    ['a|all: [x, y]', { a: ['x', 'y'] }, true],
    ['a|all: [x, y]', { a: 'x' }, false],
    ['a|cased: Foo', { a: 'Foo' }, true],
    ['a|cased: Foo', { a: 'foo' }, false],
    ['a|cased|startswith: Foo', { a: 'Foobar' }, true],
    ['a|startswith|cased: Foo', { a: 'foobar' }, false],
    ['a|exists: true', { a: 'x' }, true],
    ['a|exists: true', { a: null }, true],
    ['a|exists: true', { a: '' }, true],
    ['a|exists: true', { a: [] }, true],
    ['a|exists: true', { b: 1 }, false],
    ['a|exists: false', {}, true],
    ['a|exists: false', { a: null }, false],
    ['a.b|exists: true', { a: { b: 1 } }, true],
    ['a.b|exists: true', { a: { c: 1 } }, false],
  ]);
});

describe('re', () => {
  check([
    ["a|re: 'b+'", { a: 'abbc' }, true],
    ["a|re: '^b+$'", { a: 'abbc' }, false],
    ["a|re: 'B'", { a: 'abc' }, false],
    ["a|re|i: 'B'", { a: 'abc' }, true],
    ["a|re: '^b'", { a: 'a\nb' }, false],
    ["a|re|m: '^b'", { a: 'a\nb' }, true],
    ["a|re: 'a.b'", { a: 'a\nb' }, false],
    ["a|re|s: 'a.b'", { a: 'a\nb' }, true],
    ["a|re|i|s: 'A.B'", { a: 'a\nb' }, true],
    ["a|re: '^a\\*$'", { a: 'a*' }, true],
    ["a|re: ['x', 'b$']", { a: 'ab' }, true],
    ["a|re|all: ['^a', 'b$']", { a: 'axb' }, true],
    ["a|re|all: ['^a', 'b$']", { a: 'axc' }, false],
    ["a|re: '^20\\d$'", { a: 200 }, true],
    ["a|re: '.*'", {}, false],
  ]);
});

describe('cidr', () => {
  check([
    ['a|cidr: 10.0.0.0/8', { a: '10.255.1.2' }, true],
    ['a|cidr: 10.0.0.0/8', { a: '11.0.0.1' }, false],
    ['a|cidr: 192.168.1.128/25', { a: '192.168.1.127' }, false],
    ['a|cidr: 192.168.1.128/25', { a: '192.168.1.128' }, true],
    ['a|cidr: 0.0.0.0/0', { a: '8.8.8.8' }, true],
    ['a|cidr: 0.0.0.0/0', { a: '::1' }, false],
    ['a|cidr: 10.0.0.1', { a: '10.0.0.1' }, true],
    ['a|cidr: [10.0.0.0/8, 172.16.0.0/12]', { a: '172.31.9.9' }, true],
    ['a|cidr: 10.0.0.0/8', { a: '::ffff:10.1.1.1' }, true],
    ["a|cidr: 'fd00::/8'", { a: 'FD12:3456::1' }, true],
    ["a|cidr: 'fd00::/8'", { a: 'fe80::1' }, false],
    ["a|cidr: 'fe80::/10'", { a: 'fe80::1%eth0' }, true],
    ["a|cidr: '::/0'", { a: '1:2:3:4:5:6:7:8' }, true],
    ["a|cidr: '2001:db8::/32'", { a: '2001:db8:0:0:0:0:0:1:2' }, false],
    ["a|cidr: '2001:db8::/32'", { a: '2001:db8:::1' }, false],
    ['a|cidr: 10.0.0.0/8', { a: '10.1' }, false],
    ['a|cidr: 10.0.0.0/8', { a: '10.01.0.1' }, false],
    ['a|cidr: 10.0.0.0/8', { a: '10.0.0.256' }, false],
    ['a|cidr: 10.0.0.0/8', { a: ['1.2.3.4', '10.0.0.7'] }, true],
    ['a|cidr: 10.0.0.0/8', { a: 10 }, false],
  ]);
});

describe('gt, gte, lt, lte', () => {
  check([
    ['a|gt: 5', { a: 6 }, true],
    ['a|gt: 5', { a: 5 }, false],
    ['a|gte: 5', { a: 5 }, true],
    ['a|gte: 5', { a: 4.9 }, false],
    ['a|lt: 5', { a: 4 }, true],
    ['a|lt: 5', { a: 5 }, false],
    ['a|lte: 5', { a: 5 }, true],
    ['a|lte: -1', { a: -2 }, true],
    ['a|gte: 400', { a: '403' }, true],
    ['a|gte: 400', { a: '1e9' }, false],
    ['a|gte: 400', { a: '' }, false],
    ['a|lt: 400', { a: null }, false],
    ['a|lt: 400', {}, false],
    ['a|lt: 400', { a: false }, false],
    ['a|gt: [100, 5]', { a: 7 }, true],
  ]);
});

describe('paths', () => {
  const decision = { annotations: { 'authorization.k8s.io/decision': 'allow' } };
  const falco = { output_fields: { 'k8s.ns.name': 'pay', 'ka.uri.param[command]': 'bash' } };
  check([
    ['a.b.c: x', { a: { b: { c: 'x' } } }, true],
    ['a.b.c: x', { a: { b: 'x' } }, false],
    ['annotations.authorization.k8s.io/decision: allow', decision, true],
    ['annotations.authorization.k8s.io/decision: forbid', decision, false],
    ['output_fields.k8s.ns.name: pay', falco, true],
    ["'output_fields.ka.uri.param[command]': bash", falco, true],
    ['a.b: x', { 'a.b': 'x', a: { b: 'y' } }, true],
    ['a.b: y', { 'a.b': 'x', a: { b: 'y' } }, false],
    ['a.b.c: x', { 'a.b': { d: 1 }, a: { 'b.c': 'x' } }, true],
    ['a.b: x', { a: [{ b: 'y' }, { b: 'x' }] }, true],
    ['a.b: x', { a: [{ c: 'x' }] }, false],
    ['a.b: x', { a: [[{ b: ['x'] }]] }, true],
    ['a.b: null', { a: [{ b: 1 }, {}] }, false],
    ['a.b|exists: true', { a: [{}, { b: null }] }, true],
    ['a.b: x', { a: [] }, false],
    ['toString: x', {}, false],
    ['__proto__|exists: true', {}, false],
    ['a.length|exists: true', { a: [1, 2] }, false],
    ['a.length|exists: true', { a: 'text' }, false],
  ]);
});
