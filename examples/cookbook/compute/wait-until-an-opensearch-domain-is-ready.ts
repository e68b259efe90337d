import { Effect, Option, Stream } from "effect"
import { OpenSearch } from "effect-aws-sdk"

export const endpoint = (name: string) =>
  OpenSearch.watchDomain(name).pipe(
    Stream.tap(({ state }) => Effect.logInfo(`${name} is ${state}`)),
    Stream.filter(({ state }) => state === "Active"),
    Stream.map((domain) => domain.endpoint),
    Stream.runHead,
    Effect.map(Option.flatMap(Option.fromNullishOr)), // None: the domain is gone, or has no endpoint of its own
    Effect.timeout("1 hour")
  )
