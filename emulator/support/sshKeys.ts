// SSH keys in the formats that EC2 and IAM read and write, and their fingerprints.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"

export type KeyType = "rsa" | "ed25519"

export interface PublicKey {
  readonly type: KeyType
  /** A line of OpenSSH: `ssh-ed25519 AAAA…`. */
  readonly text: string
  readonly fingerprint: string
}

const field = (bytes: Uint8Array | string): Buffer => {
  const data = Buffer.from(bytes as Uint8Array)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(data.length)
  return Buffer.concat([size, data])
}

/** An unsigned integer. One whose first bit is set would be negative, so that a zero precedes it. */
const integer = (bytes: Buffer): Buffer => field(bytes[0]! >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes)

const decoded = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64url")

const typeOf = (key: KeyObject): KeyType | undefined =>
  key.asymmetricKeyType === "rsa" || key.asymmetricKeyType === "ed25519" ? key.asymmetricKeyType : undefined

/** A public key as OpenSSH's formats contain it. */
const blobOf = (key: KeyObject): Buffer => {
  const { e, n, x } = key.export({ format: "jwk" })
  return key.asymmetricKeyType === "rsa"
    ? Buffer.concat([field("ssh-rsa"), integer(decoded(e)), integer(decoded(n))])
    : Buffer.concat([field("ssh-ed25519"), field(decoded(x))])
}

const lineOf = (key: KeyObject): string => `ssh-${key.asymmetricKeyType} ${blobOf(key).toString("base64")}`

const hexDigest = (algorithm: "md5" | "sha1", bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest("hex").match(/../g)!.join(":")

const base64Digest = (key: KeyObject): string => createHash("sha256").update(blobOf(key)).digest("base64")

const armored = (label: string, bytes: Uint8Array): string =>
  [
    `-----BEGIN ${label}-----`,
    ...Buffer.from(bytes).toString("base64").match(/.{1,70}/g)!,
    `-----END ${label}-----`
  ].join("\n")

/** OpenSSH's own format of a private key, which Node doesn't write. */
const openSsh = (privateKey: KeyObject, publicKey: KeyObject): string => {
  const { d, x } = privateKey.export({ format: "jwk" })
  // Two equal numbers tell a reader that it has decrypted the rest. Nothing is encrypted here.
  const secret = Buffer.concat([
    Buffer.alloc(8),
    field("ssh-ed25519"),
    field(decoded(x)),
    field(Buffer.concat([decoded(d), decoded(x)])),
    field("")
  ])
  const padding = Buffer.from(Array.from({ length: (8 - secret.length % 8) % 8 }, (_, i) => i + 1))
  return armored(
    "OPENSSH PRIVATE KEY",
    Buffer.concat([
      Buffer.from("openssh-key-v1\0"),
      field("none"),
      field("none"),
      field(""),
      Buffer.from([0, 0, 0, 1]),
      field(blobOf(publicKey)),
      field(Buffer.concat([secret, padding]))
    ])
  )
}

/** A new key: its public part, and its private part as a file for SSH. */
export const newKey = (type: KeyType): PublicKey & { readonly material: string } => {
  const { privateKey, publicKey } = type === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ed25519")
  const text = lineOf(publicKey)
  return type === "rsa"
    ? {
      type,
      text,
      fingerprint: hexDigest("sha1", privateKey.export({ format: "der", type: "pkcs8" })),
      material: privateKey.export({ format: "pem", type: "pkcs1" }).toString().trim()
    }
    : { type, text, fingerprint: base64Digest(publicKey), material: openSsh(privateKey, publicKey) }
}

/** The fields of a blob. */
const fieldsOf = (blob: Buffer): ReadonlyArray<Buffer> => {
  const fields: Array<Buffer> = []
  for (let at = 0; at + 4 <= blob.length;) {
    const end = at + 4 + blob.readUInt32BE(at)
    fields.push(blob.subarray(at + 4, end))
    at = end
  }
  return fields
}

const ofBlob = (blob: Buffer): KeyObject => {
  const [name, first, second] = fieldsOf(blob)
  const text = (bytes: Buffer = Buffer.alloc(0)) => bytes.toString("base64url")
  const unsigned = (bytes: Buffer = Buffer.alloc(0)) => text(bytes[0] === 0 ? bytes.subarray(1) : bytes)
  return createPublicKey({
    format: "jwk",
    key: name?.toString() === "ssh-rsa"
      ? { kty: "RSA", e: unsigned(first), n: unsigned(second) }
      : { kty: "OKP", crv: "Ed25519", x: text(first) }
  })
}

/** A public key of OpenSSH as PEM. */
export const pemOf = (text: string): string => ofMaterial(text).export({ format: "pem", type: "spki" }).toString()

/** The MD5 digest of a key's line in OpenSSH. */
export const md5Of = ({ text }: PublicKey): string => hexDigest("md5", Buffer.from(text.split(" ")[1]!, "base64"))

const ofMaterial = (material: string): KeyObject => {
  const text = material.trim()
  if (text.startsWith("ssh-")) return ofBlob(Buffer.from(text.split(/\s+/)[1] ?? "", "base64"))
  if (text.startsWith("---- BEGIN SSH2 PUBLIC KEY ----")) {
    const lines = text.split(/\r?\n/).filter((line) => !line.includes(":") && !line.startsWith("----"))
    return ofBlob(Buffer.from(lines.join(""), "base64"))
  }
  return text.startsWith("-----BEGIN")
    ? createPublicKey(text)
    : createPublicKey({ format: "der", type: "spki", key: Buffer.from(text, "base64") })
}

/** Reads a public key: a line of OpenSSH, a file of RFC 4716, PEM, or DER in Base64. `undefined` for anything else. */
export const readKey = (material: string): PublicKey | undefined => {
  try {
    const key = ofMaterial(material)
    const type = typeOf(key)
    return type && {
      type,
      text: lineOf(key),
      fingerprint: type === "rsa"
        ? hexDigest("md5", key.export({ format: "der", type: "spki" }))
        : base64Digest(key)
    }
  } catch {
    return undefined
  }
}
