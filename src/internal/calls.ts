// The calls of a client, for any command: the modules above have the precise types. Each function is of its own, so that a
// program that reads no pages doesn't bundle them.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { AwsError } from "../../errors/internal/awsError.ts"
import * as Reason from "../../errors/internal/reasons.ts"
import { AwsClients } from "../AwsClients.ts"
import type { AnyCommand, Call, SdkClientClass } from "../Call.ts"
import { readWith } from "./sdk/client.ts"
import { copyCommand, operationOf } from "./sdk/command.ts"
import { commandMembers } from "./sdk/members.ts"
import { readFaster } from "./sdk/xml.ts"
import { type Follow, followKnown, followWith, remember, type Trail } from "./tokens.ts"

type Clients = AwsClients["Service"]

/** What sends the commands of a client. */
export interface Caller {
  readonly serviceOf: (clients: Clients) => string
  readonly callOf: (clients: Clients, command: AnyCommand) => Call
  readonly send: (command: AnyCommand) => Effect.Effect<any, AwsError<any>, AwsClients>
}

interface PageOptions {
  readonly readAhead?: boolean | undefined
  readonly token?: ((page: any, input: any) => object | undefined) | undefined
}

export type Pages = (first: AnyCommand, options?: PageOptions) => Stream.Stream<any, AwsError<any>, AwsClients>

/** The position of a Stream of pages: the command that requests the next page, and what is known from earlier pages. */
interface Position {
  readonly command: AnyCommand
  readonly follow?: Follow
  readonly trail?: Trail
}

/** Sends the commands of a client, whatever its protocol is. */
export const callerOfAny = (Client: SdkClientClass<any>): Caller => {
  readWith(Client, readFaster)
  return callerOf(Client)
}

/** Sends the commands of a client whose protocol has no XML. */
export const callerOf = (Client: SdkClientClass<any>): Caller => {
  let known: string | undefined
  // Asks the client, because a minifier may have renamed the class. If the client can't be built, the call's own
  // failure says why, and the name of the class has to do.
  const serviceOf = (clients: Clients): string => {
    try {
      return known ??= clients.get(Client).config.serviceId.replaceAll(" ", "")
    } catch {
      return Client.name.replace(/Client$/, "")
    }
  }
  const callOf = (clients: Clients, command: AnyCommand): Call => ({
    service: serviceOf(clients),
    operation: operationOf(command),
    region: clients.config.region,
    Client,
    command
  })

  const send: Caller["send"] = (command) => AwsClients.use((clients) => clients.send(callOf(clients, command)))

  return { serviceOf, callOf, send }
}

export const pagesOf = ({ callOf, send }: Caller): Pages => (first, options) => {
  const all = Stream.paginate(
    { command: first } as Position,
    Effect.fnUntraced(function*({ command, follow, trail }) {
      const page = yield* send(command)
      const { operation, region, service } = callOf(yield* AwsClients, command)
      const following = follow ??
        (options?.token === undefined
          ? followKnown(service, operation, commandMembers(command))
          : followWith(options.token))
      const next = following(page, command.input)
      if (next._tag === "Last") return [[page], Option.none()] as const
      const remembered = next._tag === "Next" ? remember(trail, next.members, command.input) : undefined
      if (next._tag === "Next" && remembered !== undefined) {
        const position = {
          command: copyCommand(command, { ...command.input, ...next.members }),
          follow: following,
          trail: remembered
        }
        return [[page], Option.some(position)] as const
      }
      const reason = next._tag === "Missing"
        ? new Reason.Unreadable({
          code: "PaginationTokenMissing",
          description: next.why,
          isRetryable: false,
          advice: "Check that the endpoint is AWS's."
        })
        : next._tag === "Unknown"
        ? new Reason.Misconfigured({
          code: "PaginationTokenUnknown",
          description: next.why,
          isRetryable: false,
          advice: "Pass the option `token` to `pages` or `items`: it makes the next input from a page."
        })
        : new Reason.Unreadable({
          code: "PaginationTokenRepeated",
          description: "the pagination token of this page leads back to an earlier page",
          isRetryable: false,
          advice: options?.token === undefined
            ? "If the repeated token means the end of the list, pass the option `token` to `pages` or `items`."
            : "If the repeated token means the end of the list, return nothing from `token`."
        })
      return yield* new AwsError({ service, operation, region, reason, cause: undefined })
    })
  )
  // With a capacity of 0 the fetched page waits in the producer, which can't fetch another one meanwhile.
  return options?.readAhead === true ? Stream.bufferArray(all, { capacity: 0 }) : all
}

export const itemsOf =
  (pages: Pages) => (command: AnyCommand, select: (page: any) => Iterable<any> | undefined, options?: PageOptions) =>
    pages(command, options).pipe(
      Stream.map((page) => Array.from(select(page) ?? [])),
      Stream.filter(Arr.isArrayNonEmpty),
      Stream.flattenArray
    )
