// Objects that are looked up at the same time, each of them once.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import type { AwsClients } from "../../../src/AwsClients.ts"
import * as Lookups from "../lookups.ts"
import { type HeadError, headObject } from "./head.ts"
import type { ObjectHead } from "./objectHead.ts"
import type { CustomerKey, ReadOptions } from "./options.ts"

interface Lookup {
  readonly bucket: string
  readonly key: string
  readonly options: ReadOptions | undefined
}

/** The key itself isn't kept. */
const digestOf = (key: CustomerKey | undefined): string | undefined =>
  key && createHash("sha256").update(Redacted.value(key)).digest("hex")

const lookups = Lookups.shared<Lookup, ObjectHead, HeadError>({
  kind: "S3.lookupObject",
  span: "S3.lookupObjects",
  keyOf: ({ bucket, key, options: { customerKey, expectedOwner, ifMatch, versionId } = {} }) =>
    JSON.stringify([bucket, key, versionId, ifMatch, expectedOwner, digestOf(customerKey)]),
  idsPerCall: 1,
  collect: 1_000,
  concurrency: 50,
  call: ([{ bucket, key, options }]) => Effect.map(headObject(bucket, key, options), (head) => () => Exit.succeed(head))
})

export const lookupObject = Effect.fn("S3.lookupObject")(
  (bucket: string, key: string, options?: ReadOptions): Effect.Effect<ObjectHead, HeadError, AwsClients> =>
    lookups({ bucket, key, options })
)
