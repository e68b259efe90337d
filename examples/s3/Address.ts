// `s3://bucket/key`, as AWS's own command line writes it.
import { Data, Effect, Runtime } from "effect"

/** The command line asks for something that makes no sense. */
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

export const isAddress = (text: string): boolean => text.startsWith("s3://")

export const write = ({ bucket, key }: Address): string => `s3://${bucket}/${key}`

/** A key isn't a path or a URL: nothing in it is decoded or made shorter. */
export const read = (text: string): Effect.Effect<Address, Usage> => {
  const [, bucket, key = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? []
  return bucket === undefined
    ? Effect.fail(new Usage({ problem: `${text} isn't an address in S3. Write s3://BUCKET/KEY.` }))
    : Effect.succeed({ bucket, key })
}

/** The address of one object, not of a bucket. */
export const readObject = (text: string): Effect.Effect<Address, Usage> =>
  Effect.flatMap(read(text), (address) =>
    address.key === ""
      ? Effect.fail(new Usage({ problem: `${text} is a bucket. Add the key of an object: ${write(address)}KEY.` }))
      : Effect.succeed(address))

/** Where something with this name goes: under a prefix that ends with `/`, or in the bucket, it keeps the name. */
export const named = (address: Address, name: string): Address =>
  address.key === "" || address.key.endsWith("/") ? { ...address, key: `${address.key}${name}` } : address
