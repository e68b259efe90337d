/** In-memory EC2: addresses and ranges of them, of IPv4 and IPv6. */
import * as Effect from "effect/Effect"
import { isIPv6 } from "node:net"
import { fault, invalidValue } from "./faults.ts"
import type { Vpc } from "./state.ts"

export interface Cidr {
  readonly base: number
  readonly prefix: number
  readonly size: number
  readonly text: string
}

export const ip = (address: number) => [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join(".")

export const addressOf = (text: string): number | undefined => {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  return octets === undefined || octets.some((octet) => octet > 255)
    ? undefined
    : octets.reduce((address, octet) => address * 256 + octet, 0)
}

/** A range of addresses in canonical form: AWS reads 10.0.0.1/16 as 10.0.0.0/16. */
export const cidrOf = (text: string): Cidr | undefined => {
  const [, address = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? []
  const given = addressOf(address)
  const prefix = Number(bits)
  if (given === undefined || prefix > 32) return undefined
  const size = 2 ** (32 - prefix)
  const base = given - given % size
  return { base, prefix, size, text: `${ip(base)}/${prefix}` }
}

/** The ranges of IPv4 addresses that a VPC has. */
export const cidrsOf = ({ CidrBlockAssociationSet }: Vpc): ReadonlyArray<Cidr> =>
  CidrBlockAssociationSet.flatMap(({ CidrBlock = "", CidrBlockState }) =>
    CidrBlockState?.State === "disassociating" ? [] : cidrOf(CidrBlock) ?? []
  )

/** The range for a VPC or a subnet. */
export const parseCidr = Effect.fnUntraced(function*(text: string, code: string) {
  const cidr = cidrOf(text)
  if (cidr === undefined) return yield* invalidValue(text, "cidrBlock", "This is not a valid CIDR block.")
  // The sizes that AWS allows for VPCs and subnets.
  if (cidr.prefix < 16 || cidr.prefix > 28) return yield* fault(code, `The CIDR '${text}' is invalid.`)
  return cidr
})

export const contains = (outer: Cidr, inner: Cidr) =>
  outer.base <= inner.base && inner.base + inner.size <= outer.base + outer.size

export const overlaps = (a: Cidr, b: Cidr) => a.base < b.base + b.size && b.base < a.base + a.size

export interface Cidr6 {
  readonly base: bigint
  readonly prefix: number
  readonly text: string
}

/** An IPv6 address in its shortest form. */
export const ip6 = (address: bigint): string => {
  const text = Array.from(
    { length: 8 },
    (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)
  ).join(":")
  const [zeros] = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length)
  return zeros === undefined
    ? text
    : `${text.slice(0, zeros.index)}::${text.slice(zeros.index + zeros[0].length)}`.replace(/:{3,}/, "::")
}

export const address6Of = (text: string): bigint | undefined => {
  if (!isIPv6(text) || /[.%]/.test(text)) return undefined
  const [left = [], right = []] = text.split("::").map((part) => part === "" ? [] : part.split(":"))
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0")
  return [...left, ...zeros, ...right].reduce((address, group) => (address << 16n) | BigInt(parseInt(group, 16)), 0n)
}

/** A range of IPv6 addresses in canonical form. */
export const cidr6Of = (text: string): Cidr6 | undefined => {
  const [, address = "", bits = ""] = /^([\da-f:]+)\/(\d{1,3})$/i.exec(text) ?? []
  const given = address6Of(address)
  const prefix = Number(bits)
  if (given === undefined || prefix > 128) return undefined
  const host = BigInt(128 - prefix)
  const base = (given >> host) << host
  return { base, prefix, text: `${ip6(base)}/${prefix}` }
}

/** Whether a range contains an address. */
export const has6 = ({ base, prefix }: Cidr6, address: bigint) =>
  address >> BigInt(128 - prefix) === base >> BigInt(128 - prefix)
