/**
 * Networks in CIDR notation, IPv4 and IPv6, and whether an address lies in one.
 *
 * An address becomes one integer (32 or 128 bits), a network that integer and a mask: membership is one
 * comparison. An IPv4 address written inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address, since proxies write
 * either for the same peer.
 *
 * Worked example: `10.1.0.0/16` -> bits 32, base 0x0a010000, mask 0xffff0000; `10.1.2.3` & mask = base, so it
 * is inside.
 * Source: RFC 4632, RFC 4291 section 2.2.
 */

export interface Network {
  bits: 32 | 128;
  base: bigint;
  mask: bigint;
}

interface Address {
  bits: 32 | 128;
  value: bigint;
}

const MAPPED_IPV4 = 0xffffn;

/**
 * Reads a network such as `10.0.0.0/8` or `fd00::/8`; an address alone is a network of one.
 * @returns a text that says what is wrong where it is none
 */
export function parseNetwork(text: string): Network | string {
  const [addressText = '', prefixText, ...rest] = text.trim().split('/');
  const address = parseAddress(addressText, false);
  if (address === undefined || rest.length > 0)
    return 'is not an IP network; write for instance 10.0.0.0/8 or fd00::/8';
  const prefix = prefixText === undefined ? address.bits : Number(prefixText);
  if (!/^\d{1,3}$/.test(prefixText ?? '0') || prefix > address.bits)
    return `needs a prefix length from 0 to ${address.bits}`;
  const full = (1n << BigInt(address.bits)) - 1n;
  const mask = full ^ (full >> BigInt(prefix));
  if ((address.value & ~mask & full) !== 0n)
    return `has address bits beyond its prefix /${prefix}; set them to zero`;
  return { bits: address.bits, base: address.value, mask };
}

/** Whether a text is an address within the network; any other text is not. */
export function inNetwork(network: Network, text: string): boolean {
  const address = parseAddress(text.trim(), network.bits === 32);
  return (
    address !== undefined && address.bits === network.bits && (address.value & network.mask) === network.base
  );
}

function parseAddress(text: string, unmap: boolean): Address | undefined {
  if (!text.includes(':')) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  return unmap && value >> 32n === MAPPED_IPV4
    ? { bits: 32, value: value & 0xffffffffn }
    : { bits: 128, value };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    // A leading zero would be octal for some readers and decimal for others.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const [address = ''] = text.split('%');
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map(groupsOf);
  const [head, tail = []] = groups;
  if (head === undefined || groups.includes(undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array<bigint>(missing).fill(0n), ...(tail ?? [])];
  return all.reduce((value, group) => (value << 16n) | group, 0n);
}

function groupsOf(half: string): bigint[] | undefined {
  if (half === '') return [];
  const groups: bigint[] = [];
  const parts = half.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4 >> 16n, ipv4 & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
