// Runs `pages` on given responses, for any service, even if its client isn't installed.
import { constructStack } from "@smithy/core/client"
import type { Exit } from "effect"
import { Effect, Stream } from "effect"
import { AwsClients, type AwsError, AwsService } from "effect-aws-sdk"

export interface Members {
  readonly input: Iterable<string>
  /** Each member of the output, with the members that it has as a structure. */
  readonly output: Iterable<readonly [string, Iterable<string>]>
}

const structure = (members: ReadonlyArray<readonly [string, unknown]>) => [
  3,
  "test",
  "Structure",
  0,
  members.map(([name]) => name),
  members.map(([, schema]) => schema)
]

const names = (members: Iterable<string>) => structure([...members].map((name) => [name, 0]))

/** A command as the SDK makes it, with a schema of these members or without one. */
export const commandOf = (operation: string, members: Members | undefined, input: object) =>
  Object.assign(
    new ({ [`${operation}Command`]: class {} }[`${operation}Command`]!)(),
    {
      input,
      middlewareStack: constructStack(),
      schema: members && [
        9,
        "test",
        operation,
        0,
        names(members.input),
        structure([...members.output].map(([name, inner]) => {
          const schema = names(inner)
          return [name, (schema[4] as ReadonlyArray<string>).length === 0 ? 0 : () => schema]
        }))
      ]
    }
  )

export interface Run {
  /** The inputs of the requests. */
  readonly inputs: ReadonlyArray<object>
  readonly exit: Exit.Exit<void, AwsError>
}

/** Reads all pages; the nth request gets the nth answer, and there must be no more requests than answers. */
export const run = (
  serviceId: string,
  command: object,
  answers: ReadonlyArray<object>,
  options?: AwsService.PageOptions
): Run => {
  const inputs: Array<object> = []
  class Client {
    readonly config = { serviceId }
  }
  const exit = Effect.runSyncExit(
    Stream.runDrain(AwsService.make(Client as any).pages(command as any, options)).pipe(
      Effect.provideService(
        AwsClients,
        AwsClients.of({
          config: { region: "us-east-1" } as AwsClients.Config,
          get: () => new Client() as any,
          send: (call) =>
            Effect.sync(() => {
              inputs.push(call.command.input)
              const answer = answers[inputs.length - 1]
              if (answer === undefined) throw new Error(`There is no page ${inputs.length}`)
              return answer
            })
        })
      )
    )
  )
  return { inputs, exit }
}
