// Bodies that give nothing: TCP may wait for hours for a peer that is gone.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Readable } from "node:stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { AwsClients } from "../../../src/AwsClients.ts"

/** How long a server may give nothing to a consumer that asks for bytes. */
const PATIENCE = Duration.seconds(30)
const NANOS = Duration.toNanosUnsafe(PATIENCE)

/** Who reads a body says when it waits for the server. */
export interface Watch {
  /** From now on, the reader waits for bytes. */
  readonly wait: () => void
  /** The reader doesn't: the server isn't to blame for a consumer or a disk that is slow. */
  readonly rest: () => void
}

/** What has arrived is read after the timers: a program that was busy for long isn't a server that is silent. */
const turnOfEventLoop = Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve)))

/** Makes a body fail with `TimedOut` when its reader waits for too long, until the scope ends. */
export const watchStalls = Effect.fnUntraced(function*(
  body: Readable
): Effect.fn.Return<Watch, never, AwsClients | Scope.Scope> {
  const { config: { region } } = yield* AwsClients
  const clock = yield* Clock.Clock
  let since: bigint | undefined
  const watch = Effect.fnUntraced(function*() {
    while (true) {
      const before = since
      const waited = before === undefined ? 0n : clock.monotonicTimeNanosUnsafe() - before
      if (waited < NANOS) yield* Effect.sleep(Duration.nanos(NANOS - waited))
      else {
        yield* turnOfEventLoop
        if (since === before) break
      }
    }
    body.destroy(
      new AwsError({
        service: "S3",
        operation: "GetObject",
        region,
        reason: new Reason.TimedOut({
          code: "BodyStalled",
          description: `no byte of the body arrived within ${Duration.format(PATIENCE)}`,
          isRetryable: true
        }),
        cause: undefined
      })
    )
  })
  yield* Effect.forkScoped(watch())
  return {
    wait: () => {
      since = clock.monotonicTimeNanosUnsafe()
    },
    rest: () => {
      since = undefined
    }
  }
})
