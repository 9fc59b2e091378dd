// Goal: what a user names is read, whatever it is packed in; what cannot be read is refused once, at its place, and bombs
// are stopped by their caps, for each codec. Method: real files in a temporary folder.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openSources, type SourceOptions } from '../../../src/adapters/file/open-source.ts';
import type { RawRecord } from '../../../src/ports/record-source.ts';
import { summary } from './scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options: SourceOptions = {
  excerpt: (text) => text.slice(0, 20).replaceAll(/\d/g, '*'),
  shownPath: (path) => path,
};

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function read(paths: string[], more: Partial<SourceOptions> = {}): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for (const source of await openSources(paths, { ...options, ...more })) {
    for await (const batch of source.records()) records.push(...batch);
  }
  return records;
}

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function refusals(paths: string[], more: Partial<SourceOptions> = {}): Promise<string[]> {
  const records = await read(paths, more);
  return records.flatMap((record) =>
    record.kind === 'refused'
      ? [`${record.refusal.place.line}:${record.refusal.place.column} ${record.refusal.reason}`]
      : [],
  );
}

/** A skippable frame, as parallel compressors write them for their indexes. */
const SKIPPED = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

function zstdOfMany(): Buffer {
  const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
  const empty = zstdCompressSync('');
  const one = zstdCompressSync('{"a":1}\n', checksum);
  return Buffer.concat([SKIPPED, one, empty, SKIPPED, SKIPPED, zstdCompressSync('{"a":2}\n'), empty]);
}

const LINES = '{"a":1}\n{"a":2}\n';

describe('paths', () => {
  it('reads a folder and all below it by name, without hidden files and looping links', async () => {
    file('tree/b.json', '{"f":"b"}');
    file('tree/a/z.weird', '{"f":"a/z"}');
    file('tree/a/.hidden.json', '{"f":"hidden"}');
    file('tree/.git/config', '{"f":"hidden"}');
    file('tree/B.json', '{"f":"B"}');
    symlinkSync(join(folder, 'tree'), join(folder, 'tree', 'loop'));
    symlinkSync(join(folder, 'tree', 'b.json'), join(folder, 'tree', 'c-link.json'));
    const records = await read([join(folder, 'tree')]);
    expect(records.map((record) => (record.kind === 'json' ? record.value : record))).toEqual([
      { f: 'B' },
      { f: 'a/z' },
      { f: 'b' },
      { f: 'b' },
    ]);
    expect(records[1]).toMatchObject({ place: { input: join(folder, 'tree', 'a', 'z.weird') } });
  });

  it('lists every missing path at once', async () => {
    const there = file('there.json', '{}');
    const error: unknown = await openSources(['/no/such/a', there, '/no/such/b'], options).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      code: 'CF_INPUT',
      problems: [
        { at: '/no/such/a', text: 'no such file or directory' },
        { at: '/no/such/b', text: 'no such file or directory' },
      ],
    });
    expect(String(error)).toContain('/no/such/b');
  });

  it('reads standard input once', async () => {
    const stdin = Readable.from([Buffer.from('{"a"'), Buffer.from(':1}')]);
    expect(summary(await read(['-'], { stdin }))).toEqual(['1:1 {"a":1}']);
    await expect(openSources(['-', '-'], options)).rejects.toMatchObject({ code: 'CF_USAGE' });
  });

  it('stops at the limit of files', async () => {
    file('many/1', '{}');
    file('many/2', '{}');
    const limited = { ...options, limits: { files: 1 } };
    await expect(openSources([join(folder, 'many')], limited)).rejects.toMatchObject({
      code: 'CF_OVER_LIMIT',
    });
  });

  it('says how far it is', async () => {
    const path = file('progress.json.gz', gzipSync(LINES.repeat(5_000)));
    const [source] = await openSources([path], options);
    expect(source?.bytesRead).toBe(0);
    for await (const batch of source?.records() ?? []) expect(batch.length).toBeGreaterThan(0);
    expect(source?.totalBytes).toBeGreaterThan(0);
    expect(source?.bytesRead).toBe(source?.totalBytes);
  });
});

describe('packing', () => {
  const two = ['1:1 {"a":1}', '2:1 {"a":2}'];

  it.each([
    ['plain', Buffer.from(LINES)],
    ['with a byte order mark', Buffer.from(`\u{feff}${LINES}`)],
    ['gzip', gzipSync(LINES)],
    ['gzip in two members', Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}\n')])],
    ['zstd', zstdCompressSync(LINES)],
    ['zstd in two frames', Buffer.concat([zstdCompressSync('{"a":1}\n'), zstdCompressSync('{"a":2}\n')])],
    ['zstd in frames, some empty, some to be skipped', zstdOfMany()],
  ])('%s, whatever the name says', async (_, content) => {
    expect(summary(await read([file('packed.log', content)]))).toEqual(two);
  });

  it('reads many frames whose ends fall anywhere in the chunks that are read', async () => {
    const frames = Array.from({ length: 3_000 }, (_, i) => {
      return zstdCompressSync(`{"a":${i},"b":"${'x'.repeat((i * 37) % 3_000)}"}\n`);
    });
    const stdin = Readable.from(slices(Buffer.concat(frames), 777));
    const records = await read(['-'], { stdin });
    expect(records.map((record) => (record.kind === 'json' ? record.value : record))).toMatchObject(
      Array.from({ length: 3_000 }, (_, i) => ({ a: i })),
    );
  });

  it('reads a large frame of many blocks', async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `{"a":"${Math.sin(i)}"}\n`).join('');
    const twice = Buffer.concat([zstdCompressSync(text), zstdCompressSync(text)]);
    expect(await read([file('large.zst', twice)])).toHaveLength(120_000);
  });

  it('gives nothing for nothing', async () => {
    const paths = [
      file('empty', ''),
      file('empty.gz', gzipSync('')),
      file('blank', ' \n\n'),
      file('empty.binpb', ''),
    ];
    expect(await read(paths)).toEqual([]);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('%s that breaks off gives what came before, and one refusal', async (_, pack) => {
    const noise = Array.from({ length: 2_000 }, (__, i) => `{"a":"${Math.sin(i)}"}\n`).join('');
    const whole = pack(noise);
    const records = await read([file('cut', whole.subarray(0, whole.length / 2))]);
    expect(records.at(-1)).toMatchObject({ kind: 'refused', refusal: { reason: 'decompression' } });
    expect(records.filter((record) => record.kind === 'refused')).toHaveLength(1);
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('%s that is damaged is refused', async (_, pack) => {
    const bytes = pack(LINES.repeat(100));
    bytes.fill(0xff, 12, 30);
    expect(await refusals([file('damaged', bytes)])).toEqual(['0:0 decompression']);
  });

  it.each([
    ['gzip of blanks', gzipSync(Buffer.alloc(40_000_000, ' '))],
    ['zstd of blanks', zstdCompressSync(Buffer.alloc(40_000_000, ' '))],
    ['zstd of lines', zstdCompressSync(LINES.repeat(2_500_000))],
  ])('stops a bomb: %s', async (_, bomb) => {
    const path = file('bomb', Buffer.concat([bomb]));
    for (const limits of [{ decompressedBytes: 5_000_000 }, { ratio: 100, ratioFloorBytes: 1_000_000 }]) {
      const before = process.memoryUsage().rss;
      const reasons: string[] = [];
      const [source] = await openSources([path], { ...options, limits });
      for await (const batch of source?.records() ?? []) {
        for (const record of batch) if (record.kind === 'refused') reasons.push(record.refusal.reason);
      }
      expect(reasons).toEqual(['decompression']);
      expect(process.memoryUsage().rss - before).toBeLessThan(256_000_000);
    }
  });
});

describe('what is no JSON', () => {
  it('refuses a log of words once, at its first byte, with a redacted excerpt', async () => {
    const records = await read([
      file('app.log', '2026-03-10 14:00:00 INFO up 4111111111111111\n'.repeat(5_000)),
    ]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'not_json', place: { line: 1, column: 1 }, excerpt: '****-**-** **:**:** ' },
    });
  });

  it('refuses binary files once, and says what they are where it knows', async () => {
    const garbage = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i * 7 + 3) % 256));
    expect(await refusals([file('garbage', garbage)])).toEqual(['0:0 unknown_format']);
    expect(await refusals([file('zeros', Buffer.alloc(100_000))])).toEqual(['0:0 unknown_format']);
    const packed = await read([file('double.gz', gzipSync(gzipSync(LINES)))]);
    expect(packed).toMatchObject([
      { refusal: { reason: 'unknown_format', text: expect.stringContaining('gzip') } },
    ]);
    const wide = await read([file('wide.json', Buffer.from(LINES, 'utf16le'))]);
    expect(wide).toHaveLength(1);
    expect(wide[0]?.kind).toBe('refused');
  });

  it('reads JSON behind words and leading line feeds', async () => {
    expect(summary(await read([file('mixed.log', `starting\n${LINES}`)]))).toEqual([
      '1:1 not_json',
      '2:1 {"a":1}',
      '3:1 {"a":2}',
    ]);
    expect(summary(await read([file('feeds.json', '\n{\n"a":1}\n')]))).toEqual(['2:1 {"a":1}']);
  });
});

describe('protobuf', () => {
  // Field 1 of a payload: what it encloses does not matter to the file.
  const field = (content: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([0x0a]), length(content), content]);
  const length = (bytes: Uint8Array): Buffer => {
    const out: number[] = [];
    let left = bytes.length;
    for (; left >= 0x80; left >>>= 7) out.push((left & 0x7f) | 0x80);
    return Buffer.from([...out, left]);
  };
  const delimited = (...messages: Buffer[]): Buffer =>
    Buffer.concat(messages.flatMap((each) => [length(each), each]));
  const fixed = (bytes: number): Buffer => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(bytes);
    return out;
  };
  const message = (size: number): Buffer => field(Buffer.alloc(size, 0x01));
  const payloads = (records: RawRecord[]): Buffer[] =>
    records.flatMap((record) => (record.kind === 'protobuf' ? [Buffer.from(record.payload)] : []));

  it.each([0, 1, 10, 121, 123, 300, 20_000])(
    'takes one message of %i bytes, with and without its length',
    async (size) => {
      const one = message(size);
      expect(payloads(await read([file('one.binpb', one)]))).toEqual([one]);
      const records = await read([file('delimited.binpb.gz', gzipSync(delimited(one, one)))]);
      expect(payloads(records)).toEqual([one, one]);
      expect(records.map((record) => record.kind === 'protobuf' && record.place.column)).toEqual([
        length(one).length,
        2 * length(one).length + one.length,
      ]);
    },
  );

  it.each([1, 89, 121, 300])(
    'knows it without a name, whatever its first byte means as text (%i)',
    async (size) => {
      const one = message(size);
      expect(payloads(await read([file('spans', one)]))).toEqual([one]);
      expect(payloads(await read([file('spans', delimited(one, one, one))]))).toEqual([one, one, one]);
    },
  );

  it.each([1, 89, 121, 300, 20_000])(
    '[F21] takes those behind four bytes of length (%i), in pieces too',
    async (size) => {
      const framed = (...messages: Buffer[]): Buffer =>
        Buffer.concat(messages.flatMap((each) => [fixed(each.length), each]));
      const messages = [message(size), message(2), Buffer.alloc(0), message(700)];
      for (const name of ['logs', 'logs.binpb']) {
        expect(payloads(await read([file(name, framed(...messages))]))).toEqual(messages);
        const limits = { messageBytes: 30_000 };
        const many = Array.from({ length: 200 }, () => messages).flat();
        expect(payloads(await read([file(name, framed(...many))], { limits }))).toEqual(many);
      }
      const records = await read([file('cut', framed(message(50), message(60)).subarray(0, -5))]);
      expect(payloads(records)).toEqual([message(50)]);
      expect(records[1]).toMatchObject({ refusal: { reason: 'truncated', place: { line: 0, column: 56 } } });
    },
  );

  it('takes the messages before one that breaks off', async () => {
    const whole = delimited(message(50), message(60));
    const records = await read([file('cut.binpb', whole.subarray(0, whole.length - 5))]);
    expect(payloads(records)).toEqual([message(50)]);
    expect(records[1]).toMatchObject({ refusal: { reason: 'truncated', place: { line: 0, column: 53 } } });
  });

  it('streams messages beyond the size of one, and refuses one beyond it', async () => {
    const limits = { messageBytes: 1_000 };
    const many = Array.from({ length: 100 }, () => message(90));
    expect(payloads(await read([file('many.binpb', delimited(...many))], { limits }))).toEqual(many);
    expect(await refusals([file('large.binpb', message(2_000))], { limits })).toEqual(['0:0 too_large']);
    const mixed = delimited(message(900), message(900), message(2_000));
    expect(await refusals([file('large.binpb', mixed)], { limits })).toEqual(['0:1810 too_large']);
  });

  it('refuses what is none, and reads JSON under the wrong name', async () => {
    expect(await refusals([file('words.binpb', 'words')])).toEqual(['1:1 not_protobuf']);
    expect(await refusals([file('zeros.binpb', Buffer.alloc(1_000))])).toEqual(['0:0 not_protobuf']);
    expect(summary(await read([file('json.binpb', LINES)]))).toEqual(['1:1 {"a":1}', '2:1 {"a":2}']);
  });
});
