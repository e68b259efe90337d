// `s3://bucket/key`, as AWS's own command line writes it.
import { Data, Option, Runtime } from "effect"

/** What was asked for makes no sense. */
export class Usage extends Data.TaggedError("Usage")<{ readonly problem: string }> {
  override readonly [Runtime.errorExitCode] = 2
  override get message(): string {
    return this.problem
  }
}

export interface Address {
  readonly bucket: string
  /** A key, or the prefix of keys; `""` for the whole bucket. */
  readonly key: string
}

/** A key isn't a path or a URL: nothing in it is decoded or made shorter. */
export const parse = (text: string): Option.Option<Address> => {
  const [, bucket, key = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? []
  return bucket === undefined ? Option.none() : Option.some({ bucket, key })
}

/** The address of an object, not of a bucket. */
export const parseObject = (text: string): Option.Option<Address> => Option.filter(parse(text), ({ key }) => key !== "")

/** What is on the other side of an address. */
export interface LocalPath {
  readonly path: string
}

/** An address if it looks like one, or else a path. */
export const parsePlace = (text: string): Option.Option<Address | LocalPath> =>
  /^s3:/i.test(text) ? parse(text) : Option.some({ path: text })

export const write = ({ bucket, key }: Address): string => `s3://${bucket}/${key}`

/** The name of an object without its folders. */
export const nameOf = ({ key }: Address): string => key.slice(key.lastIndexOf("/") + 1)

/** Where something with this name goes: into a bucket, or under a prefix that ends with `/`, it keeps the name. */
export const named = (address: Address, name: string): Address =>
  address.key === "" || address.key.endsWith("/") ? { ...address, key: `${address.key}${name}` } : address
