// How the processes of a cluster end.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect } from "effect"

/**
 * Whoever read the output may be gone, as after `| head`. Without a listener, Node would end the process in the middle of its work, with
 * a stack in place of the report's files.
 */
export const outliveReaders = (): void => {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
}

const isExpected = (error: unknown): error is { readonly message: string } =>
  typeof error === "object" && error !== null && "_tag" in error && "message" in error

/** One line, without a stack: the setting or the server is wrong, and not the program. */
const lineOf = (message: string): string => message.replaceAll(/\s*\n\s*/g, " ")

/**
 * Runs the program until it ends, or until SIGINT or SIGTERM, which lets its finalizers run. A failure that the program knows is one
 * line on stderr, and exit code 1.
 */
export const main = <A, E>(program: Effect.Effect<A, E>): void => {
  outliveReaders()
  program.pipe(
    Effect.catchCause((cause) => {
      const error = Cause.squash(cause)
      return Cause.hasInterruptsOnly(cause) || !isExpected(error)
        ? Effect.failCause(cause)
        : Effect.andThen(
          Console.error(lineOf(error.message)),
          Effect.sync(() => {
            process.exitCode = 1
          })
        )
    }),
    NodeRuntime.runMain({
      // A process that is told to stop has done what it should.
      teardown: (exit, onExit) =>
        onExit(exit._tag === "Success" ? Number(process.exitCode ?? 0) : Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
    })
  )
}
