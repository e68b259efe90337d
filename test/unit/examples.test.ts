// The example programs, with and without injected faults.
import { ListCertificatesCommand } from "@aws-sdk/client-acm"
import { ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
import { DescribeTrafficMirrorSessionsCommand } from "@aws-sdk/client-ec2"
import { DescribeServicesCommand } from "@aws-sdk/client-ecs"
import { ListInstanceProfilesCommand, ListRolesCommand } from "@aws-sdk/client-iam"
import { ListDomainNamesCommand } from "@aws-sdk/client-opensearch"
import { ListBucketsCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Layer, References, Schedule, Stream } from "effect"
import { Acm, type AwsClients, CloudWatch, Ec2, Ecs, Iam, InMemory, OpenSearch, Retry, S3, Ssm } from "effect-aws-sdk"
import * as Accounts from "../../examples/mirror-vpc/Accounts.ts"
import * as Functions from "../../examples/mirror-vpc/Functions.ts"
import * as Mirror from "../../examples/mirror-vpc/Program.ts"
import * as MirrorWorld from "../../examples/mirror-vpc/World.ts"
import { type Leftovers, tearDown } from "../../examples/tear-down/Program.ts"
import * as TearDownWorld from "../../examples/tear-down/World.ts"

const quiet = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideService(Console.Console, { ...globalThis.console, log: () => {} }),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

/** Throttles 30 % of the calls, fails 10 % on AWS's side, and cuts the connection of 5 % before or after AWS acts. */
const injectFaults = Effect.all([
  InMemory.inject({ share: 0.3, fault: InMemory.throttled }),
  InMemory.inject({ share: 0.1, fault: InMemory.serverFault }),
  InMemory.inject({ share: 0.025, fault: InMemory.cut("before") }),
  InMemory.inject({ share: 0.025, fault: InMemory.cut("after") })
])

const runs = 200
const manyRetries = Schedule.recurs(100)

const mirrorAccounts = (seed: number, retry: Retry.Policy = manyRetries) =>
  Accounts.layer({ clusterRole: MirrorWorld.clusterRole }).pipe(
    Layer.provideMerge(InMemory.layer({ account: "111111111111", region: "us-east-2", retry, seed }))
  )

/** What is mirrored and recorded, independent of generated ids. */
const mirrorState = Effect.fnUntraced(function*({ cluster, vpcId }: Mirror.Options) {
  const sessions = yield* Accounts.inVpcAccount(
    Ec2.items(new DescribeTrafficMirrorSessionsCommand({}), (page) => page.TrafficMirrorSessions).pipe(
      Stream.map((session) => session.NetworkInterfaceId ?? ""),
      Stream.runCollect
    )
  )
  return yield* Accounts.inClusterAccount(Effect.gen(function*() {
    const parameters = yield* Stream.runCollect(
      Ssm.listParametersByPath(`/arkime/clusters/${cluster}/vpcs/${vpcId}`, { recursive: true })
    )
    const recorded = parameters.flatMap(({ name }) => /enis\/(.*)$/.exec(name)?.[1] ?? [])
    const { Buckets = [] } = yield* S3.send(new ListBucketsCommand({}))
    const objects = yield* Effect.forEach(Buckets, ({ Name = "" }) => Stream.runCollect(S3.listObjects(Name)))
    assert.deepEqual(
      [...recorded].sort(),
      [...sessions].sort(),
      "every session has a record, and every record a session"
    )
    return { sessions: sessions.length, objects: objects.flat().map(({ key, size }) => `${key} ${size}`) }
  }))
})

/** Mirrors a VPC, waits for the functions, and returns their outcomes. */
const mirrored = <E, R>(
  options: Mirror.Options,
  results: Effect.Effect<ReadonlyArray<Functions.Interface>, E, R>
) =>
  Mirror.mirror(options).pipe(
    Effect.andThen(results),
    Effect.map((all) => all.map(({ outcome }) => outcome).sort())
  )

describe("mirror-vpc", () => {
  it.effect("mirrors every interface that it can, changes nothing on a second run, and undoes it all", () =>
    quiet(Effect.gen(function*() {
      const options = yield* MirrorWorld.setUp
      const { outcomes: results } = yield* Functions.run(options)
      const outcomes = mirrored(options, results)
      const first = yield* outcomes
      assert.deepEqual(first, ["AbortedEniType", "AbortedExists", "Success", "Success", "Success", "Success"])
      const state = yield* mirrorState(options)
      assert.strictEqual(state.sessions, 5)
      assert.lengthOf(state.objects, 1)

      const calls = (yield* InMemory.calls).length
      assert.deepEqual(yield* outcomes, ["AbortedEniType", ...Array.from({ length: 5 }, () => "AbortedExists")])
      assert.deepEqual(yield* mirrorState(options), state)
      const writes = (yield* InMemory.calls).slice(calls).filter(({ operation }) =>
        /^(Create|Delete|PutParameter|PutObject)/.test(operation)
      )
      assert.isEmpty(writes)
      const { Metrics = [] } = yield* Accounts.inClusterAccount(CloudWatch.send(new ListMetricsCommand({})))
      assert.deepEqual([...new Set(Metrics.map(({ Namespace }) => Namespace))], ["Arkime/Events"])

      assert.strictEqual(yield* Mirror.unmirror(options), 5)
      yield* results
      assert.deepEqual(yield* mirrorState(options), { sessions: 0, objects: [] })
      assert.strictEqual(yield* Mirror.unmirror(options), 0)
    })).pipe(Effect.provide(mirrorAccounts(1))))

  it.effect("says what to do when the VPC isn't set up for the cluster", () =>
    quiet(Effect.gen(function*() {
      const { vpcId } = yield* MirrorWorld.setUp
      const error = yield* Effect.flip(Mirror.mirror({ cluster: "south", vpcId }))
      assert.strictEqual(error._tag, "VpcNotSetUp")
      assert.include(error.message, `/arkime/clusters/south/vpcs/${vpcId}`)
    })).pipe(Effect.provide(mirrorAccounts(1))))

  it.effect("keeps sessions and records consistent whichever call fails or loses its answer", () => {
    const denied = InMemory.fault({ code: "AccessDeniedException", message: "no", statusCode: 403 })
    const together = (injection: Parameters<typeof InMemory.inject>[0], retry: Retry.Policy) =>
      quiet(Effect.gen(function*() {
        const options = yield* MirrorWorld.setUp
        const { outcomes: results } = yield* Functions.run(options)
        yield* InMemory.inject(injection)
        assert.include(yield* mirrored(options, results), "Failure")
        yield* mirrorState(options)
      })).pipe(Effect.scoped, Effect.provide(mirrorAccounts(1, retry)))
    return Effect.gen(function*() {
      for (const operation of ["PutParameter", "PutMetricData", "CreateTrafficMirrorSession"]) {
        yield* together({ operation, fault: denied }, manyRetries)
      }
      yield* together({ operation: "PutParameter", fault: InMemory.cut("after") }, Retry.none)
    })
  })

  it.effect(`reaches the same result under injected faults, in ${runs} runs`, () =>
    Effect.gen(function*() {
      const job = (seed: number, faults: Effect.Effect<unknown, never, InMemory>) =>
        quiet(Effect.gen(function*() {
          const options = yield* MirrorWorld.setUp
          const { outcomes: results } = yield* Functions.run(options)
          yield* faults
          const outcomes = yield* mirrored(options, results)
          const calls = yield* InMemory.calls
          // Each of the six events reached the bus.
          const put = new Set(calls.flatMap(({ input, operation, outcome }) =>
            operation === "PutEvents" && outcome._tag !== "Refused"
              ? (input as { Entries: Array<{ Detail: string }> }).Entries.map(({ Detail }) => Detail)
              : []
          ))
          assert.strictEqual(put.size, 6)
          return {
            outcomes,
            state: yield* mirrorState(options),
            refused: calls.filter(({ outcome }) => outcome._tag !== "Answered").length
          }
        })).pipe(Effect.scoped, Effect.provide(mirrorAccounts(seed)))
      const clean = yield* job(0, Effect.void)
      let refused = 0
      for (let seed = 1; seed <= runs; seed++) {
        const faulty = yield* job(seed, injectFaults)
        refused += faulty.refused
        assert.deepEqual({ ...faulty, refused: 0 }, { ...clean, refused: 0 }, `seed ${seed}`)
      }
      assert.isAbove(refused, runs * 5)
    }), 300_000)
})

/** What the tear-down should remove and is still there. */
const remaining = Effect.fnUntraced(function*({ bucket, certificate, domain, role, service }: Leftovers) {
  const { services = [] } = yield* Ecs.send(
    new DescribeServicesCommand({ cluster: service.cluster, services: [service.service] })
  )
  const { DomainNames = [] } = yield* OpenSearch.send(new ListDomainNamesCommand({}))
  const { Roles = [] } = yield* Iam.send(new ListRolesCommand({}))
  const { InstanceProfiles = [] } = yield* Iam.send(new ListInstanceProfilesCommand({}))
  const { CertificateSummaryList = [] } = yield* Acm.send(new ListCertificatesCommand({}))
  const { Buckets = [] } = yield* S3.send(new ListBucketsCommand({}))
  return {
    services: services.filter(({ status }) => status !== "INACTIVE").length,
    domain: DomainNames.some(({ DomainName }) => DomainName === domain),
    role: Roles.some(({ RoleName }) => RoleName === role),
    rolesInProfiles: InstanceProfiles.flatMap((profile) => profile.Roles ?? []).length,
    certificate: CertificateSummaryList.some(({ CertificateArn }) => CertificateArn === certificate),
    bucket: Buckets.some(({ Name }) => Name === bucket)
  }
})

const nothing = { services: 0, domain: false, role: false, rolesInProfiles: 0, certificate: false, bucket: false }

/** Tears down a cluster that has been up for an hour, under these faults. */
const tornDown = <R>(
  seed: number,
  faults: Effect.Effect<unknown, never, R>
): Effect.Effect<
  readonly [reports: ReadonlyArray<{ readonly outcome: string }>, state: object],
  unknown,
  Exclude<R, InMemory | AwsClients>
> =>
  quiet(Effect.gen(function*() {
    const leftovers = yield* TearDownWorld.setUp
    yield* Effect.sleep("1 hour")
    yield* faults
    const reports = yield* tearDown(leftovers)
    return [reports, yield* remaining(leftovers)] as const
  })).pipe(Effect.provide(InMemory.layer({ retry: manyRetries, seed, virtualTime: true }))) as never

describe("tear-down", () => {
  it.effect("deletes everything that is left, and finds nothing to do on a second run", () =>
    quiet(Effect.gen(function*() {
      const leftovers = yield* TearDownWorld.setUp
      yield* Effect.sleep("1 hour")
      const first = yield* tearDown(leftovers)
      assert.deepEqual(first.map(({ outcome }) => outcome), Array.from({ length: 5 }, () => "deleted"))
      assert.deepEqual(yield* remaining(leftovers), nothing)
      const second = yield* tearDown(leftovers)
      assert.deepEqual(second.map(({ outcome }) => outcome), Array.from({ length: 5 }, () => "was gone already"))
    })).pipe(Effect.provide(InMemory.layer({ virtualTime: true }))))

  it.effect("reports what it can't delete and why, and deletes the rest", () =>
    Effect.gen(function*() {
      const inUse = InMemory.fault({ code: "ResourceInUseException", message: "a load balancer has it" })
      const [reports, state] = yield* tornDown(
        1,
        InMemory.inject({ operation: "DeleteCertificate", fault: inUse })
      )
      const [failed, ...others] = reports.filter(({ outcome }) => outcome !== "deleted")
      assert.isEmpty(others)
      assert.deepInclude(failed, { outcome: "is still there" })
      assert.include((failed as { readonly reason?: string }).reason, "in use")
      assert.deepEqual(state, { ...nothing, certificate: true })
    }))

  it.effect(`reaches the same result under injected faults, in ${runs} runs`, () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= runs; seed++) {
        const [reports, state] = yield* tornDown(seed, injectFaults)
        assert.deepEqual(state, nothing, `seed ${seed}`)
        assert.deepEqual(reports.filter(({ outcome }) => outcome === "is still there"), [], `seed ${seed}`)
      }
    }), 300_000)
})
