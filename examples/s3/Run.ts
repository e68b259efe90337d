// From the arguments to the exit code.
import { Data, Effect, Runtime } from "effect"
import { CliError, CliOutput, Command } from "effect/cli"
import { Screen } from "./Screen.ts"

/** The program failed, and has said why. */
export class Failed extends Data.TaggedError("Failed")<{ readonly code: number }> {
  override readonly [Runtime.errorExitCode] = this.code
  override readonly [Runtime.errorReported] = false
}

/** Mistakes in the arguments are one line, too, and not the whole help. */
const presenter = ({ warn }: Screen["Service"]): CliOutput.Presenter => ({
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? warn(
        `Error: ${event.errors.map(({ message }) => message).join("; ")}. Try ${event.commandPath.join(" ")} --help.`
      )
      : CliOutput.defaultPresenter.present(event)
})

/**
 * Runs a command. An error is one line, because the messages of this library say what to do. The exit code is 1, or 2 if the
 * arguments make no sense.
 */
export const run = <Name extends string, Input, Context, E extends Error, R>(
  command: Command.Command<Name, Input, Context, E, R>,
  args: ReadonlyArray<string>
) =>
  Command.runWith(command, { version: "0.0.0" })(args).pipe(
    Effect.provideServiceEffect(CliOutput.Presenter, Effect.map(Screen, presenter)),
    Effect.catch(Effect.fnUntraced(function*(error) {
      // The command line has shown these together with its help.
      if (CliError.isCliError(error)) {
        const code = Runtime.getErrorExitCode(error)
        return code === 0 ? undefined : yield* new Failed({ code: 2 })
      }
      const { warn } = yield* Screen
      // Whoever closed the output doesn't wait for a message.
      if ((error as { readonly _tag?: unknown })._tag !== "OutputClosed") yield* warn(`Error: ${error.message}`)
      return yield* new Failed({ code: Runtime.getErrorExitCode(error) })
    }))
  )
