import type { Checksum, SourceData } from "@smithy/types"
import * as crypto from "node:crypto"

/** In bytes: what is hashed at once when the digest is asked for. */
const SHORT = 4_096

/** In secrets: how many are remembered. */
const SECRETS = 20

/** The last text that was signed with each secret. */
type Signed = Map<string, { readonly text: Buffer; readonly digest: Uint8Array }>

const bufferOf = (data: SourceData): Buffer =>
  typeof data === "string"
    ? Buffer.from(data)
    : ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data)

class Sha256 implements Checksum {
  private readonly signed: Signed
  readonly digestLength = 32
  private readonly secret: SourceData | undefined
  /** All of the data, as long as it is short and came at once. */
  private text: Buffer | undefined
  private hash: crypto.Hash | crypto.Hmac | undefined

  constructor(signed: Signed, secret: SourceData | undefined) {
    this.signed = signed
    this.secret = secret
  }

  update(data: SourceData): void {
    const bytes = bufferOf(data)
    if (this.hash === undefined && this.text === undefined && bytes.length <= SHORT) {
      // The caller may write to its own bytes by the time of the digest.
      this.text = typeof data === "string" ? bytes : Buffer.from(bytes)
    } else this.start().update(bytes)
  }

  async digest(): Promise<Uint8Array> {
    const { secret, signed, text } = this
    if (this.hash !== undefined || text === undefined) {
      const hash = this.start()
      return "copy" in hash ? hash.copy().digest() : hash.digest()
    }
    if (!secret) return crypto.hash("sha256", text, "buffer")
    if (typeof secret !== "string") return this.start().digest()
    let last = signed.get(secret)
    if (!last?.text.equals(text)) {
      if (signed.size >= SECRETS) signed.clear()
      signed.set(secret, last = { text, digest: this.start().digest() })
    }
    return last!.digest
  }

  reset(): void {
    this.text = undefined
    this.hash = undefined
  }

  private start(): crypto.Hash | crypto.Hmac {
    if (this.hash === undefined) {
      this.hash = this.secret ? crypto.createHmac("sha256", bufferOf(this.secret)) : crypto.createHash("sha256")
      if (this.text !== undefined) this.hash.update(this.text)
      this.text = undefined
    }
    return this.hash
  }
}

/**
 * SHA-256 for the SDK's clients of one Layer. For each request, the SDK signs the id of the access key with its secret, to look up
 * the key of the signature, and hashes two short texts. Its own class copies the state of each hash, and signs again each time.
 */
export const makeSha256 = (): new(secret?: SourceData) => Checksum => {
  // It knows secrets, so it ends with the Layer.
  const signed: Signed = new Map()
  return class extends Sha256 {
    constructor(secret?: SourceData) {
      super(signed, secret)
    }
  }
}
