// Reads CBOR, RFC 8949, as strictly as the other formats: nothing may follow the value, and texts are UTF-8.
import { strictTextOf } from "./http.ts"

/** A value with a tag that the protocol gives a meaning, such as a time. */
export interface Tagged {
  readonly tag: number
  readonly value: unknown
}

/** As deep as JSON of that size may be nested without overflowing the stack. */
const deepest = 500

const malformed = (why: string): never => {
  throw new SyntaxError(`Malformed CBOR: ${why}.`)
}

/** Marks the end of a list, a map or a text whose length isn't known before. */
const end = Symbol("end")

const halfFloat = (bits: number): number => {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const size = exponent === 0
    ? fraction * 2 ** -24
    : exponent === 31
    ? fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN
    : (1 + fraction / 1024) * 2 ** (exponent - 15)
  return (bits & 0x8000) === 0 ? size : -size
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength
  }

  /** Where the next bytes start, of which there have to be so many. */
  #take(count: number): number {
    const at = this.#at
    if (count > this.#bytes.byteLength - at) malformed("it ends early")
    this.#at = at + count
    return at
  }

  /** The number in a head: a length, a whole number or a tag. */
  #number(info: number): number | bigint {
    if (info < 24) return info
    if (info === 24) return this.#view.getUint8(this.#take(1))
    if (info === 25) return this.#view.getUint16(this.#take(2))
    if (info === 26) return this.#view.getUint32(this.#take(4))
    if (info !== 27) return malformed("a reserved length")
    const value = this.#view.getBigUint64(this.#take(8))
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  }

  /** A number of bytes or members. Each takes a byte at least, so more than are left can't come. */
  #count(info: number): number {
    const count = this.#number(info)
    return count > this.#bytes.byteLength - this.#at ? malformed("it ends early") : Number(count)
  }

  #string(kind: number, info: number): Uint8Array {
    if (info !== 31) {
      const count = this.#count(info)
      return this.#bytes.subarray(this.#at, this.#take(count) + count)
    }
    const parts: Array<Uint8Array> = []
    for (;;) {
      const head = this.#view.getUint8(this.#take(1))
      if (head === 0xff) return Buffer.concat(parts)
      if (head >> 5 !== kind || (head & 31) === 31) malformed("a part of another kind")
      const part = this.#string(kind, head & 31)
      if (kind === 3) strictTextOf(part)
      parts.push(part)
    }
  }

  *#items(info: number, depth: number): Generator<unknown> {
    if (info !== 31) { for (let left = this.#count(info); left > 0; left--) yield this.read(depth) }
    else for (let item = this.#item(depth); item !== end; item = this.#item(depth)) yield item
  }

  #map(info: number, depth: number): object {
    const map: Record<string, unknown> = {}
    const set = (key: unknown): void => {
      if (typeof key !== "string") return malformed("a key that isn't a text")
      // A key may be called `__proto__`.
      Object.defineProperty(map, key, { value: this.read(depth), writable: true, enumerable: true, configurable: true })
    }
    if (info !== 31) { for (let left = this.#count(info); left > 0; left--) set(this.read(depth)) }
    else for (let key = this.#item(depth); key !== end; key = this.#item(depth)) set(key)
    return map
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
      case 23:
        return null
      case 25:
        return halfFloat(this.#view.getUint16(this.#take(2)))
      case 26:
        return this.#view.getFloat32(this.#take(4))
      case 27:
        return this.#view.getFloat64(this.#take(8))
      case 31:
        return end
      default:
        return malformed("a reserved value")
    }
  }

  #tagged(info: number, depth: number): unknown {
    const tag = Number(this.#number(info))
    const value = this.read(depth)
    if (tag !== 2 && tag !== 3) return { tag, value } satisfies Tagged
    if (!(value instanceof Uint8Array)) return malformed("a large number that isn't bytes")
    const number = BigInt(`0x0${Buffer.from(value).toString("hex")}`)
    return tag === 2 ? number : -1n - number
  }

  #item(depth: number): unknown {
    if (depth > deepest) malformed("it is too deep")
    const head = this.#view.getUint8(this.#take(1))
    const info = head & 31
    switch (head >> 5) {
      case 0:
        return this.#number(info)
      case 1: {
        const number = this.#number(info)
        return typeof number === "bigint" ? -1n - number : -1 - number
      }
      case 2:
        return this.#string(2, info)
      case 3:
        return strictTextOf(this.#string(3, info))
      case 4:
        return [...this.#items(info, depth + 1)]
      case 5:
        return this.#map(info, depth + 1)
      case 6:
        return this.#tagged(info, depth + 1)
      default:
        return this.#simple(info)
    }
  }

  read(depth: number): unknown {
    const item = this.#item(depth)
    return item === end ? malformed("an end of nothing") : item
  }
}

/** The value that the bytes are. Throws if they aren't CBOR. */
export const parseCbor = (bytes: Uint8Array): unknown => {
  const reader = new Reader(bytes)
  const value = reader.read(0)
  return reader.isAtEnd ? value : malformed("something follows the value")
}
