/**
 * Domains of Amazon OpenSearch Service.
 *
 * @since 0.1.0
 */
import {
  DeleteDomainCommand,
  DescribeDomainCommand,
  type DomainStatus as SdkDomainStatus,
  OpenSearchClient
} from "@aws-sdk/client-opensearch"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { OpenSearchCodes } from "../errors/codes/OpenSearch.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"
import * as Polling from "../src/Polling.ts"

const service = AwsService.make<OpenSearchClient, OpenSearchCodes>(OpenSearchClient)

/**
 * Sends any command of OpenSearch Service.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of OpenSearch Service that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of OpenSearch Service that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * What a domain is doing.
 *
 * @category models
 * @since 0.1.0
 */
export const DomainState = Schema.Literals([
  "Creating",
  "Active",
  "Modifying",
  "UpgradingEngineVersion",
  "UpdatingServiceSoftware",
  "Isolated",
  "Deleting"
])

/**
 * What a domain is doing.
 *
 * @category models
 * @since 0.1.0
 */
export type DomainState = typeof DomainState.Type

/**
 * How a domain is.
 *
 * @category models
 * @since 0.1.0
 */
export class DomainStatus extends Schema.Class<DomainStatus>("effect-aws-sdk/OpenSearch/DomainStatus")({
  name: Schema.String,
  state: DomainState,
  arn: Schema.optionalKey(Schema.String),
  /** `OpenSearch_2.19`. */
  engineVersion: Schema.optionalKey(Schema.String),
  /** The host to send requests to: of a domain in a VPC, the one in the VPC. There is none until the domain is created. */
  endpoint: Schema.optionalKey(Schema.String)
}) {}

const isDomainState = Schema.is(DomainState)

const stateOf = (status: SdkDomainStatus): DomainState => {
  const { Created, Deleted, DomainProcessingStatus, Endpoint, Endpoints, Processing, UpgradeProcessing } = status
  if (Deleted === true) return "Deleting"
  if (isDomainState(DomainProcessingStatus)) return DomainProcessingStatus
  // From what AWS said before it had a word for it.
  const isReachable = Endpoint !== undefined || Endpoints !== undefined
  if (Created === false || (Processing === true && !isReachable)) return "Creating"
  return UpgradeProcessing === true ? "UpgradingEngineVersion" : Processing === true ? "Modifying" : "Active"
}

const fromSdk = (status: SdkDomainStatus): DomainStatus => {
  const endpoint = status.Endpoint ?? status.Endpoints?.["vpc"]
  return new DomainStatus({
    name: status.DomainName ?? "",
    state: stateOf(status),
    ...(status.ARN !== undefined && { arn: status.ARN }),
    ...(status.EngineVersion !== undefined && { engineVersion: status.EngineVersion }),
    ...(endpoint !== undefined && { endpoint })
  })
}

/** The domain's status; `undefined` where there is no such domain. */
const describe = (name: string): Effect.Effect<DomainStatus | undefined, AwsError, AwsClients> =>
  send(new DescribeDomainCommand({ DomainName: name })).pipe(
    Effect.map(({ DomainStatus }) => DomainStatus && fromSdk(DomainStatus)),
    AwsError.catchCode("ResourceNotFoundException", () => Effect.undefined)
  )

/**
 * Deletes a domain with all of its data, and waits until it is gone. A domain that does not exist is a success; one that
 * is being deleted already is waited for.
 *
 * - `schedule`: when to look again; each 10 seconds by default.
 * - `timeout`: how long to wait in all; one hour by default. A deletion takes some 20 minutes, and goes on when the wait
 *   for it has timed out or was interrupted.
 *
 * **Errors**: `WaitTimedOut` with the domain's status as last seen; `AwsError` for what no waiting mends.
 *
 * **Example** (Gone within half an hour)
 *
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { OpenSearch } from "effect-aws-sdk"
 *
 * const gone = OpenSearch.destroyDomain("logs", { schedule: Schedule.spaced("30 seconds"), timeout: "30 minutes" }).pipe(
 *   Effect.catchTag("WaitTimedOut", ({ last }) => Effect.logWarning(`logs is still ${last?.state}`))
 * )
 * ```
 *
 * AWS: [DeleteDomain](https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DeleteDomain.html)
 *
 * @category domains
 * @since 0.1.0
 */
export const destroyDomain = Effect.fn("OpenSearch.destroyDomain")(function*(
  name: string,
  options?: {
    readonly schedule?: Schedule.Schedule<unknown> | undefined
    readonly timeout?: Duration.Input | undefined
  }
): Effect.fn.Return<void, Polling.WaitTimedOut<DomainStatus> | AwsError, AwsClients> {
  const domain = yield* describe(name)
  if (domain === undefined) return yield* Effect.logInfo(`OpenSearch domain ${name} does not exist; nothing to delete`)
  if (domain.state === "Deleting") {
    yield* Effect.logInfo(`OpenSearch domain ${name} is being deleted already`)
  } else {
    yield* Effect.logInfo(`Deleting OpenSearch domain ${name}`)
    yield* send(new DeleteDomainCommand({ DomainName: name })).pipe(
      AwsError.catchCode(
        "ResourceNotFoundException",
        () => Effect.logInfo(`OpenSearch domain ${name} was gone already`)
      )
    )
  }
  yield* Polling.waitUntil(describe(name), {
    until: (status) => status === undefined,
    waitingFor: `OpenSearch domain ${name} to be deleted`,
    schedule: options?.schedule ?? Schedule.spaced("10 seconds"),
    timeout: options?.timeout ?? "1 hour"
  })
  yield* Effect.logInfo(`OpenSearch domain ${name} has been deleted`)
})

/**
 * What becomes of a domain: its status now, and again each time that it has changed. The Stream ends when the domain is
 * gone, so that of a domain that does not exist is empty, and that of a domain that stays runs on until its consumer
 * stops.
 *
 * - `schedule`: when to look again; each 10 seconds by default. It starts anew at each change.
 *
 * A look that AWS throttles, or that does not reach it, is left out. A status that comes and goes between two looks is
 * not seen.
 *
 * **Errors**: `WaitTimedOut` where the schedule has no more turns before the next change; `AwsError` for what no waiting
 * mends.
 *
 * **Example** (Until it can be used)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { OpenSearch } from "effect-aws-sdk"
 *
 * const endpoint = OpenSearch.watchDomain("logs").pipe(
 *   Stream.tap((domain) => Effect.logInfo(`logs is ${domain.state}`)),
 *   Stream.filter((domain) => domain.state === "Active"),
 *   Stream.map((domain) => domain.endpoint),
 *   Stream.runHead
 * )
 * ```
 *
 * AWS: [DescribeDomain](https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomain.html)
 *
 * @category domains
 * @since 0.1.0
 */
export const watchDomain = (
  name: string,
  options?: { readonly schedule?: Schedule.Schedule<unknown> | undefined }
): Stream.Stream<DomainStatus, Polling.WaitTimedOut<DomainStatus> | AwsError, AwsClients> =>
  Stream.paginate(Option.none<DomainStatus>(), (before) =>
    Polling.waitUntil(describe(name), {
      until: (status) => status === undefined || !Equal.equals(Option.some(status), before),
      waitingFor: `OpenSearch domain ${name} to change`,
      schedule: options?.schedule ?? Schedule.spaced("10 seconds")
    }).pipe(
      Effect.map((status) => status === undefined ? [[], Option.none()] : [[status], Option.some(Option.some(status))])
    ))
