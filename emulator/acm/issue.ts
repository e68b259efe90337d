/**
 * Issues the certificates that were requested: real X.509 certificates, signed by an authority of the in-memory ACM. No client trusts
 * this authority unless it is told to.
 */
import type * as sdk from "@aws-sdk/client-acm"
import * as Effect from "effect/Effect"
import { createHash, generateKeyPair, type KeyObject, sign } from "node:crypto"
import { promisify } from "node:util"
import type { Contents } from "./contents.ts"

/** The private key and the certificate of an authority. */
export interface Authority {
  readonly key: KeyObject
  readonly keyId: Buffer
  readonly pem: string
}

/** An issued certificate, and its key. */
export interface Issued {
  readonly key: KeyObject
  readonly pem: string
}

// DER: each value has a tag, its length and its bytes.

const tagged = (tag: number, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(parts)
  const size = body.length.toString(16)
  const digits = Buffer.from(size.padStart(size.length + (size.length % 2), "0"), "hex")
  const length = body.length < 0x80
    ? Buffer.from([body.length])
    : Buffer.concat([Buffer.from([0x80 | digits.length]), digits])
  return Buffer.concat([Buffer.from([tag]), length, body])
}
const sequence = (...parts: ReadonlyArray<Buffer>) => tagged(0x30, ...parts)
const octets = (...parts: ReadonlyArray<Buffer>) => tagged(0x04, ...parts)
const bits = (bytes: Buffer, unused = 0) => tagged(0x03, Buffer.from([unused]), bytes)
const yes = tagged(0x01, Buffer.from([0xff]))

/** A positive number, in as few bytes as possible. The first bit would make it negative. */
const integer = (bytes: Buffer): Buffer => {
  const digits = bytes.subarray(Math.max(bytes.findIndex((byte) => byte !== 0), 0))
  return tagged(0x02, digits[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits)
}

const identifier = (text: string): Buffer => {
  const [first = 0, second = 0, ...others] = text.split(".").map(Number)
  const groups = (number: number, last = true): ReadonlyArray<number> => [
    ...(number >= 0x80 ? groups(Math.floor(number / 0x80), false) : []),
    (number % 0x80) | (last ? 0 : 0x80)
  ]
  return tagged(0x06, Buffer.from([first * 40 + second, ...others.flatMap((number) => groups(number))]))
}

/** A time, with two digits of its year up to 2049 and with four afterwards. */
const time = (millis: number): Buffer => {
  const text = `${new Date(millis).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`
  return text < "2050" ? tagged(0x17, Buffer.from(text.slice(2))) : tagged(0x18, Buffer.from(text))
}

const name = (attributes: ReadonlyArray<readonly [type: string, value: string]>) =>
  sequence(
    ...attributes.map(([type, value]) => tagged(0x31, sequence(identifier(type), tagged(0x0c, Buffer.from(value)))))
  )

const extension = (id: string, isCritical: boolean, value: Buffer) =>
  sequence(identifier(id), ...(isCritical ? [yes] : []), octets(value))

const authorityName = name([["2.5.4.6", "US"], ["2.5.4.10", "Amazon"], ["2.5.4.3", "Amazon RSA 2048 M01"]])
const sha256WithRsa = sequence(identifier("1.2.840.113549.1.1.11"), tagged(0x05))

const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`

const keyIdOf = (key: Buffer): Buffer => createHash("sha1").update(key).digest()

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" })

const certificate = (
  parts: {
    readonly serial: Buffer
    readonly subject: Buffer
    readonly notBefore: number
    readonly notAfter: number
    readonly publicKey: KeyObject
    readonly extensions: ReadonlyArray<Buffer>
  },
  authority: Omit<Authority, "pem">
): string => {
  const { extensions, notAfter, notBefore, publicKey, serial, subject } = parts
  const key = spki(publicKey)
  const signed = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    sha256WithRsa,
    authorityName,
    sequence(time(notBefore), time(notAfter)),
    subject,
    key,
    tagged(
      0xa3,
      sequence(
        ...extensions,
        extension("2.5.29.14", false, octets(keyIdOf(key))),
        extension("2.5.29.35", false, sequence(tagged(0x80, authority.keyId)))
      )
    )
  )
  return pemOf(sequence(signed, sha256WithRsa, bits(sign("sha256", signed, authority.key))))
}

const generate = promisify(generateKeyPair)

const generateKeys = (algorithm: sdk.KeyAlgorithm) =>
  Effect.promise((): Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }> =>
    algorithm.startsWith("EC_")
      ? generate("ec", { namedCurve: algorithm.slice(3) })
      : generate("rsa", { modulusLength: Number(algorithm.slice(4)) })
  )

const year = 366 * 86_400_000

export const newAuthority = Effect.fnUntraced(function*(now: number): Effect.fn.Return<Authority> {
  const { privateKey: key, publicKey } = yield* generateKeys("RSA_2048")
  const keyId = keyIdOf(spki(publicKey))
  const pem = certificate({
    serial: keyId.subarray(0, 16),
    subject: authorityName,
    notBefore: now - year,
    notAfter: now + 10 * year,
    publicKey,
    extensions: [
      extension("2.5.29.19", true, sequence(yes)),
      // It signs certificates and lists of revoked ones.
      extension("2.5.29.15", true, bits(Buffer.from([0x06]), 1))
    ]
  }, { key, keyId })
  return { key, keyId, pem }
})

/** Issues a certificate with these contents. */
export const issue = Effect.fnUntraced(function*(
  { algorithm, domain = "", extendedKeyUsages, names, notAfter, notBefore, serial = "" }: Contents,
  authority: Authority
): Effect.fn.Return<Issued> {
  const keys = yield* generateKeys(algorithm)
  return {
    key: keys.privateKey,
    pem: certificate({
      serial: Buffer.from(serial.replaceAll(":", ""), "hex"),
      subject: name([["2.5.4.3", domain]]),
      notBefore,
      notAfter,
      publicKey: keys.publicKey,
      extensions: [
        extension("2.5.29.19", true, sequence()),
        extension("2.5.29.15", true, bits(Buffer.from([0xa0]), 5)),
        extension("2.5.29.37", false, sequence(...extendedKeyUsages.map(({ OID = "" }) => identifier(OID)))),
        extension("2.5.29.17", false, sequence(...names.map((dns) => tagged(0x82, Buffer.from(dns)))))
      ]
    }, authority)
  }
})
