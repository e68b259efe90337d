import {
  AddTagsCommand,
  CreateDomainCommand,
  DeleteDomainCommand,
  DescribeDomainCommand,
  DescribeDomainConfigCommand,
  DescribeDomainsCommand,
  ListDomainNamesCommand,
  ListTagsCommand,
  RemoveTagsCommand,
  UpdateDomainConfigCommand
} from "@aws-sdk/client-opensearch"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, OpenSearch } from "effect-aws-sdk"
import { contract } from "./Contract.ts"

const uuid = Effect.sync(() => crypto.randomUUID())

/** A name that no other case has. */
const unique = Effect.map(uuid, (id) => `logs-${id.slice(0, 8)}`)

const create = (name: string) =>
  OpenSearch.send(
    new CreateDomainCommand({
      DomainName: name,
      EngineVersion: "OpenSearch_2.11",
      ClusterConfig: { InstanceType: "r6g.large.search", InstanceCount: 2 },
      TagList: [{ Key: "team", Value: "capture" }]
    })
  ).pipe(Effect.map(({ DomainStatus }) => DomainStatus!))

const created = Effect.flatMap(unique, create)

const refused = <A, R>(
  expected: readonly [code: string, status: number | undefined],
  effect: Effect.Effect<A, AwsError, R>
) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error.reason._tag, "Rejected")
    assert.deepEqual([error.code, error.statusCode], expected)
  })

const notFound = ["ResourceNotFoundException", 409] as const
const invalid = ["ValidationException", 400] as const

export const openSearch = contract("OpenSearch", {
  "destroyDomain of a domain that does not exist is a success": Effect.gen(function*() {
    yield* OpenSearch.destroyDomain(yield* unique)
  }),

  "watchDomain of a domain that does not exist is empty": Effect.gen(function*() {
    assert.deepEqual(yield* Stream.runCollect(OpenSearch.watchDomain(yield* unique)), [])
  }),

  "watchDomain begins with the domain as it is": Effect.gen(function*() {
    const { ARN, DomainName = "" } = yield* created
    const [status] = yield* OpenSearch.watchDomain(DomainName).pipe(Stream.take(1), Stream.runCollect)
    assert.instanceOf(status, OpenSearch.DomainStatus)
    assert.deepEqual([status?.name, status?.arn, status?.engineVersion], [DomainName, ARN, "OpenSearch_2.11"])
  }),

  "a domain that was just created has no endpoint yet": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const [status] = yield* OpenSearch.watchDomain(DomainName).pipe(Stream.take(1), Stream.runCollect)
    assert.strictEqual(status?.state, "Creating")
    assert.isUndefined(status?.endpoint)
  }),

  "a domain is described with what it was created with": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const { DomainStatus } = yield* OpenSearch.send(new DescribeDomainCommand({ DomainName }))
    assert.strictEqual(DomainStatus?.ClusterConfig?.InstanceCount, 2)
    assert.strictEqual(DomainStatus?.ClusterConfig?.DedicatedMasterEnabled, false)
    assert.isTrue(DomainStatus?.Created)
    assert.isFalse(DomainStatus?.Deleted)
    assert.match(DomainStatus?.ARN ?? "", new RegExp(`^arn:aws:es:[^:]+:\\d{12}:domain/${DomainName}$`))
  }),

  "a domain has a config": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const { DomainConfig } = yield* OpenSearch.send(new DescribeDomainConfigCommand({ DomainName }))
    assert.strictEqual(DomainConfig?.EngineVersion?.Options, "OpenSearch_2.11")
    assert.strictEqual(DomainConfig?.ClusterConfig?.Options?.InstanceCount, 2)
  }),

  "a domain's config says which settings are in force": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const { DomainConfig } = yield* OpenSearch.send(new DescribeDomainConfigCommand({ DomainName }))
    assert.strictEqual(DomainConfig?.ClusterConfig?.Status?.State, "Processing")
    assert.isFalse(DomainConfig?.ClusterConfig?.Status?.PendingDeletion)
  }),

  "a domain is not created twice": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    yield* refused(["ResourceAlreadyExistsException", 409], create(DomainName))
  }),

  "a domain that does not exist is a ResourceNotFoundException, with the status 409": Effect.gen(function*() {
    const DomainName = yield* unique
    yield* refused(notFound, OpenSearch.send(new DescribeDomainCommand({ DomainName })))
    yield* refused(notFound, OpenSearch.send(new DescribeDomainConfigCommand({ DomainName })))
    yield* refused(notFound, OpenSearch.send(new DeleteDomainCommand({ DomainName })))
  }),

  "a domain that does not exist is not changed": Effect.gen(function*() {
    yield* refused(notFound, OpenSearch.send(new UpdateDomainConfigCommand({ DomainName: yield* unique })))
  }),

  "names are 3 to 28 lower-case letters, digits and hyphens": Effect.gen(function*() {
    yield* Effect.forEach(
      ["ab", "Upper", "1st", "under_score", "a".repeat(29)],
      (name) => refused(invalid, create(name))
    )
    const error = yield* Effect.flip(OpenSearch.destroyDomain("Upper"))
    assert.strictEqual(error._tag, "AwsError")
  }),

  "an engine version has a form": Effect.gen(function*() {
    const DomainName = yield* unique
    yield* refused(invalid, OpenSearch.send(new CreateDomainCommand({ DomainName, EngineVersion: "latest" })))
  }),

  "ListDomainNames lists by engine": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const list = (EngineType?: "Elasticsearch" | "OpenSearch") =>
      OpenSearch.send(new ListDomainNamesCommand({ EngineType })).pipe(
        Effect.map(({ DomainNames = [] }) => DomainNames.filter((domain) => domain.DomainName === DomainName))
      )
    assert.deepEqual(yield* list(), [{ DomainName, EngineType: "OpenSearch" }])
    assert.lengthOf(yield* list("OpenSearch"), 1)
    assert.lengthOf(yield* list("Elasticsearch"), 0)
  }),

  "DescribeDomains describes those that exist": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const names = [DomainName, yield* unique]
    const described = yield* OpenSearch.send(new DescribeDomainsCommand({ DomainNames: names }))
    assert.deepEqual(described.DomainStatusList?.map((status) => status.DomainName), [DomainName])
  }),

  "DescribeDomains describes at most five": Effect.gen(function*() {
    const six = Array.from({ length: 6 }, (_, i) => `logs-${i}`)
    yield* refused(invalid, OpenSearch.send(new DescribeDomainsCommand({ DomainNames: six })))
  }),

  "a domain is not changed before it is created": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const update = new UpdateDomainConfigCommand({ DomainName, ClusterConfig: { InstanceCount: 3 } })
    yield* refused(invalid, OpenSearch.send(update))
  }),

  "a domain is deleted in the background": Effect.gen(function*() {
    const { DomainName = "" } = yield* created
    const { DomainStatus } = yield* OpenSearch.send(new DeleteDomainCommand({ DomainName }))
    assert.isTrue(DomainStatus?.Deleted)
    assert.isTrue(DomainStatus?.Processing)
    const [status] = yield* OpenSearch.watchDomain(DomainName).pipe(Stream.take(1), Stream.runCollect)
    assert.strictEqual(status?.state, "Deleting")
    yield* refused(["ResourceAlreadyExistsException", 409], create(DomainName))
  }),

  "a domain has tags": Effect.gen(function*() {
    const { ARN = "" } = yield* created
    yield* OpenSearch.send(new AddTagsCommand({ ARN, TagList: [{ Key: "stage", Value: "test" }] }))
    yield* OpenSearch.send(new RemoveTagsCommand({ ARN, TagKeys: ["team"] }))
    const { TagList } = yield* OpenSearch.send(new ListTagsCommand({ ARN }))
    assert.deepEqual(TagList, [{ Key: "stage", Value: "test" }])
  })
})
