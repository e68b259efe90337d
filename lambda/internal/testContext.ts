// A context for tests, whose time is Effect's Clock.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Context } from "./invocation.ts"

/**
 * What {@link testContext} takes: any members of the context, and the time that the invocation has.
 *
 * @category models
 * @since 0.1.0
 */
export interface TestContextOptions extends Partial<Omit<Context, "getRemainingTimeInMillis">> {
  /** The time that the invocation has, from now on. By default 3 seconds. */
  readonly timeout?: Duration.Input | undefined
}

export const testContext = ({ timeout = "3 seconds", ...given }: TestContextOptions = {}): Effect.Effect<Context> =>
  Clock.clockWith((clock) => {
    const end = clock.currentTimeMillisUnsafe() + Duration.toMillis(timeout)
    const { functionName = "test-function", functionVersion = "$LATEST" } = given
    return Effect.succeed({
      functionName,
      functionVersion,
      invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
      memoryLimitInMB: "128",
      awsRequestId: "00000000-0000-4000-8000-000000000000",
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: `1970/01/01/[${functionVersion}]00000000000000000000000000000000`,
      ...given,
      getRemainingTimeInMillis: () => end - clock.currentTimeMillisUnsafe()
    })
  })
