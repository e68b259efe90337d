import { Data, Effect } from "effect"
import { S3, Sts } from "effect-aws-sdk"

const sandbox = "111111111111"

class WrongAccount extends Data.TaggedError("WrongAccount")<{ readonly account: string }> {
  override readonly message = `This is account ${this.account}, and not ${sandbox}`
}

export const destroy = Effect.fn("destroy")(
  function*(bucket: string) {
    const { account } = yield* Sts.environment
    if (account !== sandbox) return yield* new WrongAccount({ account })
    yield* S3.destroyBucket(bucket)
    yield* Effect.logInfo(`${bucket} is gone, with all versions and unfinished uploads`)
  },
  Effect.tapErrorTag(
    "BucketNotEmptied",
    ({ message, refused }) => Effect.logError(message, refused.map(({ code, key }) => `${key}: ${code}`))
  )
)
