/**
 * Authorities and certificates for a test, valid for a day around now, for this machine. Node makes keys and signatures, and no
 * certificates, so those are put together here (X.509 v3, RFC 5280, in DER), rather than ask for a program that may not be there.
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Pair {
  certFile: string;
  keyFile: string;
  cert: string;
  key: string;
}

const DAY_MS = 86_400_000;
const OID = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  keyUsage: [0x55, 0x1d, 0x0f],
  alternativeName: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
  extendedKeyUsage: [0x55, 0x1d, 0x25],
  serverAuth: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01],
  clientAuth: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02],
} as const;

type Use = 'serverAuth' | 'clientAuth';

export class Authority {
  readonly #folder: string;
  readonly #name: string;
  readonly #key: KeyObject;
  readonly own: Pair;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    const { publicKey, privateKey } = newKeys();
    this.#key = privateKey;
    const mayIssue = [
      extension('basicConstraints', sequence(der(0x01, [0xff]))),
      extension('keyUsage', der(0x03, [2, 0b0000_0100])),
    ];
    this.own = this.#written(name, publicKey, privateKey, mayIssue);
  }

  /** A certificate for a server on this machine or for a client. */
  issue(name: string, use: Use): Pair {
    const { publicKey, privateKey } = newKeys();
    const names = [der(0x82, Buffer.from('localhost')), der(0x87, [127, 0, 0, 1])];
    return this.#written(name, publicKey, privateKey, [
      extension('extendedKeyUsage', sequence(oid(use))),
      extension('alternativeName', sequence(...names)),
    ]);
  }

  #written(name: string, publicKey: KeyObject, privateKey: KeyObject, extensions: Buffer[]): Pair {
    const algorithm = sequence(oid('ecdsaWithSha256'));
    const content = sequence(
      der(0xa0, der(0x02, [2])),
      der(0x02, [1, ...randomBytes(15)]),
      algorithm,
      nameOf(this.#name),
      sequence(timeOf(Date.now() - DAY_MS), timeOf(Date.now() + DAY_MS)),
      nameOf(name),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions)),
    );
    const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', content, this.#key)]));
    const cert = pem(sequence(content, algorithm, signature));
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const [certFile, keyFile] = [join(this.#folder, `${name}.crt`), join(this.#folder, `${name}.key`)];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    return { certFile, keyFile, cert, key };
  }
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

function der(tag: number, content: Uint8Array | readonly number[]): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), Buffer.from(content)]);
}

const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, Buffer.concat(parts));
const oid = (name: keyof typeof OID): Buffer => der(0x06, OID[name]);

/** All of them critical: a reader that does not know one must refuse the certificate. */
function extension(name: keyof typeof OID, value: Buffer): Buffer {
  return sequence(oid(name), der(0x01, [0xff]), der(0x04, value));
}

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(oid('commonName'), der(0x0c, Buffer.from(text)))));
}

function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
