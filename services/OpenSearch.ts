/**
 * Amazon OpenSearch Service domains.
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
import * as Stream from "effect/Stream"
import type { OpenSearchCodes } from "../errors/codes/OpenSearch.ts"
import { AwsError } from "../errors/internal/awsError.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { type Need, readMembers } from "../src/internal/members.ts"
import * as Service from "../src/internal/service.ts"
import * as Polling from "../src/Polling.ts"
import type { DomainState, DomainStatus } from "./internal/opensearch/models.ts"
import { domains, isDomainState } from "./internal/opensearch/results.ts"

export { DomainState, DomainStatus } from "./internal/opensearch/models.ts"

const service = Service.of<OpenSearchClient, OpenSearchCodes>(OpenSearchClient)

/**
 * Sends any command of OpenSearch Service with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-opensearch`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `es:ListDomainNames`, for example.
 *
 * **Example** (The names of the domains)
 *
 * ```ts
 * import { ListDomainNamesCommand } from "@aws-sdk/client-opensearch"
 * import { Effect } from "effect"
 * import { OpenSearch } from "effect-aws-sdk"
 *
 * const names = OpenSearch.send(new ListDomainNamesCommand({ EngineType: "OpenSearch" })).pipe(
 *   Effect.map(({ DomainNames = [] }) => DomainNames.map(({ DomainName }) => DomainName))
 * )
 * ```
 *
 * AWS: [ListDomainNames](https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_ListDomainNames.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = Service.sendOf(service)

/**
 * The pages of any paginated command of OpenSearch Service: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The upgrades of a domain)
 *
 * ```ts
 * import { GetUpgradeHistoryCommand } from "@aws-sdk/client-opensearch"
 * import { Stream } from "effect"
 * import { OpenSearch } from "effect-aws-sdk"
 *
 * const upgrades = OpenSearch.pages(new GetUpgradeHistoryCommand({ DomainName: "logs" })).pipe(
 *   Stream.map(({ UpgradeHistories = [] }) => UpgradeHistories.map(({ UpgradeName }) => UpgradeName))
 * )
 * ```
 *
 * AWS: [GetUpgradeHistory](https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_GetUpgradeHistory.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = Service.pagesOf(service)

/**
 * The elements on all pages of any paginated command of OpenSearch Service, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The versions of OpenSearch that AWS offers)
 *
 * ```ts
 * import { ListVersionsCommand } from "@aws-sdk/client-opensearch"
 * import { Stream } from "effect"
 * import { OpenSearch } from "effect-aws-sdk"
 *
 * const versions = OpenSearch.items(new ListVersionsCommand({}), (page) => page.Versions).pipe(
 *   Stream.filter((version) => version.startsWith("OpenSearch_")),
 *   Stream.runCollect
 * )
 * ```
 *
 * AWS: [ListVersions](https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_ListVersions.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = Service.itemsOf(service)

const stateOf = (status: SdkDomainStatus): DomainState => {
  const { Created, Deleted, DomainProcessingStatus, Endpoint, Endpoints, Processing, UpgradeProcessing } = status
  if (Deleted === true) return "Deleting"
  if (isDomainState(DomainProcessingStatus)) return DomainProcessingStatus
  // Without a DomainProcessingStatus, derive the state from the older members.
  const isReachable = Endpoint !== undefined || Endpoints !== undefined
  if (Created === false || (Processing === true && !isReachable)) return "Creating"
  return UpgradeProcessing === true ? "UpgradingEngineVersion" : Processing === true ? "Modifying" : "Active"
}

const fromSdk = (status: SdkDomainStatus, need: Need): DomainStatus => {
  const endpoint = status.Endpoint ?? status.Endpoints?.["vpc"]
  return domains.make({
    name: need(status.DomainName, "DomainName"),
    state: stateOf(status),
    ...(status.ARN !== undefined && { arn: status.ARN }),
    ...(status.EngineVersion !== undefined && { engineVersion: status.EngineVersion }),
    ...(endpoint !== undefined && { endpoint })
  })
}

/** The domain's status; `undefined` if the domain doesn't exist. */
const describe = (name: string): Effect.Effect<DomainStatus | undefined, AwsError, AwsClients> =>
  send(new DescribeDomainCommand({ DomainName: name })).pipe(
    Effect.flatMap((output) =>
      readMembers(
        { service: "OpenSearch", operation: "DescribeDomain" },
        output,
        ({ DomainStatus }, need) => fromSdk(need(DomainStatus, "DomainStatus"), need)
      )
    ),
    AwsError.catchCode("ResourceNotFoundException", () => Effect.undefined)
  )

/**
 * Deletes a domain with all its data, and waits until it is gone. Succeeds if the domain doesn't exist. If a deletion
 * is already in progress, only waits.
 *
 * - `schedule`: when to poll; every 10 seconds by default.
 * - `timeout`: how long to wait at most; one hour by default. A deletion takes about 20 minutes. It continues even if the
 *   wait times out or is interrupted.
 *
 * **Errors**: `WaitTimedOut` with the last known status of the domain; `AwsError` for a permanent failure.
 *
 * **Requires** the permissions `es:DescribeDomain` and `es:DeleteDomain` on the domain.
 *
 * **Example** (Wait for half an hour at most)
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
  if (domain === undefined) return yield* Effect.logDebug(`OpenSearch domain ${name} does not exist; nothing to delete`)
  if (domain.state === "Deleting") {
    yield* Effect.logDebug(`OpenSearch domain ${name} is already being deleted`)
  } else {
    yield* Effect.logDebug(`Deleting OpenSearch domain ${name}`)
    yield* send(new DeleteDomainCommand({ DomainName: name })).pipe(
      AwsError.catchCode(
        "ResourceNotFoundException",
        () => Effect.logDebug(`OpenSearch domain ${name} was already gone`)
      )
    )
  }
  yield* Polling.waitUntil(describe(name), {
    until: (status) => status === undefined,
    waitingFor: `OpenSearch domain ${name} to be deleted`,
    schedule: options?.schedule ?? Schedule.spaced("10 seconds"),
    timeout: options?.timeout ?? "1 hour"
  })
  yield* Effect.logDebug(`Deleted OpenSearch domain ${name}`)
})

/**
 * Emits a domain's current status, and then each new status when it changes. The Stream ends when the domain is gone; it is
 * empty if the domain doesn't exist. Otherwise it runs until its consumer stops.
 *
 * - `schedule`: when to poll; every 10 seconds by default. It restarts at each change.
 *
 * Polls that fail with a retryable error are skipped. A status that comes and goes between two polls is missed.
 *
 * **Errors**: `WaitTimedOut` if the schedule ends before the next change; `AwsError` for a permanent failure.
 *
 * **Requires** the permission `es:DescribeDomain` on the domain.
 *
 * **Example** (Wait until the domain is active)
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
  Stream.paginate(Option.none<DomainStatus>(), (previous) =>
    Polling.waitUntil(describe(name), {
      until: (status) => status === undefined || !Equal.equals(Option.some(status), previous),
      waitingFor: `OpenSearch domain ${name} to change`,
      schedule: options?.schedule ?? Schedule.spaced("10 seconds")
    }).pipe(
      Effect.map((status) => status === undefined ? [[], Option.none()] : [[status], Option.some(Option.some(status))])
    ))
