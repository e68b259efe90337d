// Mirroring over a fleet: what each place ends as, whoever dies on the way.
import { DescribeTrafficMirrorSessionsCommand } from "@aws-sdk/client-ec2"
import { DeleteParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import { Ec2, InMemory, Ssm } from "effect-aws-sdk"
import type { WorkflowEngine } from "effect/workflow"
import * as Mirror from "../../examples/fleet-mirror/Workflow.ts"
import * as World from "../../examples/fleet-mirror/World.ts"
import * as Jobs from "../../examples/fleet/Jobs.ts"
import { inPlace } from "../../examples/fleet/Place.ts"
import * as FleetRun from "../../examples/fleet/Run.ts"
import { callCount, callsSince, estate, killed, once, run, type Stored, twice } from "../support/durable.ts"

const accounts = ["111111111111", World.clusterAccount, "333333333333", "444444444444"]
const regions = ["us-east-1", "us-west-2", "eu-west-1"]
const targets = accounts.map((account) => ({ account }))
const { cluster, clusterAccount } = World

const jobOf = (run: string, undo = false) => Jobs.mirror({ run, targets, regions, cluster, clusterAccount, undo })
const job = jobOf("run-1")

const setUp = Effect.andThen(World.setUp(targets), Effect.sleep("1 hour"))

const on = (engine: Layer.Layer<WorkflowEngine.WorkflowEngine>) =>
  Effect.provide(
    Mirror.layer.pipe(
      Layer.provideMerge(engine),
      Layer.provideMerge(estate(regions)),
      Layer.provideMerge(InMemory.virtualTime)
    )
  )

/** The sessions and the records of all places. Every session has a record, and every record a session. */
const state = Effect.gen(function*() {
  const sessions = yield* Effect.forEach(
    targets,
    ({ account }) =>
      Effect.forEach(
        regions,
        (region) =>
          Ec2.items(new DescribeTrafficMirrorSessionsCommand({}), (page) => page.TrafficMirrorSessions).pipe(
            Stream.map(({ NetworkInterfaceId: eniId, TrafficMirrorSessionId: sessionId }) => ({ eniId, sessionId })),
            Stream.runCollect,
            inPlace({ account, region })
          )
      )
  )
  const records = yield* Effect.forEach(
    regions,
    (region) =>
      Ssm.listParametersByPath(`/arkime/clusters/${cluster}/vpcs`, { recursive: true }).pipe(
        Stream.filter(({ name }) => name.includes("/enis/")),
        Stream.map(({ value }) => JSON.parse(String(value)) as { eniId: string; trafficSessionId: string }),
        Stream.map(({ eniId, trafficSessionId: sessionId }) => ({ eniId, sessionId })),
        Stream.runCollect,
        inPlace({ account: clusterAccount, region })
      )
  )
  const sorted = (all: ReadonlyArray<object>) => all.map((one) => JSON.stringify(one)).sort()
  assert.deepEqual(sorted(records.flat()), sorted(sessions.flat(2)))
  return sessions.flat(2).length
})

const outcomes = (report: ReadonlyArray<typeof Mirror.MirrorPlace.successSchema.Type>) =>
  report.map(({ items }) => items.map(({ outcome }) => outcome).sort())

const everywhere = (...outcomes: ReadonlyArray<string>) => Array.from({ length: 12 }, () => outcomes)

const firstRun = everywhere("Done", "Done", "Done", "Done", "Unchanged", "Unchanged")

/** The tokens of the sessions that were asked for. */
const tokens = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.flatMap(({ input, operation }) =>
      operation === "CreateTrafficMirrorSession" ? [(input as { readonly ClientToken: string }).ClientToken] : []
    )
)

/** The report of a run in which nothing dies. */
const clean = Effect.andThen(setUp, run(job)).pipe(on(once()))

describe("mirroring over a fleet", () => {
  it.effect("mirrors every interface of twelve places, changes nothing in a second run, and undoes it all", () =>
    Effect.gen(function*() {
      yield* setUp
      assert.strictEqual(yield* state, 12)
      const first = yield* run(job)
      assert.deepEqual(outcomes(first), firstRun)
      for (const { items } of first) {
        const why = items.flatMap(({ why }) => why ?? []).sort()
        assert.strictEqual(why[0], "It is already mirrored.")
        assert.include(why[1], "nat_gateway")
      }
      assert.strictEqual(yield* state, 12 * 5)

      const before = yield* callCount
      const second = yield* run(jobOf("run-2"))
      assert.deepEqual(outcomes(second), everywhere(...Array.from({ length: 6 }, () => "Unchanged")))
      const writes = Object.keys(yield* callsSince(before)).filter((operation) =>
        /^(Create|Delete|PutParameter)/.test(operation)
      )
      assert.deepEqual(writes, [])

      const undone = yield* run(jobOf("run-1", true))
      assert.deepEqual(outcomes(undone), everywhere(...Array.from({ length: 5 }, () => "Done")))
      assert.strictEqual(yield* state, 0)
      const nothing = yield* run(jobOf("run-2", true))
      for (const { items } of nothing) {
        assert.deepEqual(items, [{ what: "cluster north", outcome: "Unchanged", why: "Nothing is mirrored." }])
      }
    }).pipe(on(once())))

  it.effect("creates each session once, and ends the same, when each activity runs twice", () =>
    Effect.gen(function*() {
      const expected = yield* clean
      yield* Effect.gen(function*() {
        yield* setUp
        const before = (yield* tokens).length
        assert.deepEqual(yield* run(job), expected)
        assert.strictEqual(yield* state, 12 * 5)
        // Each was asked for twice, with the same token.
        const asked = (yield* tokens).slice(before)
        assert.lengthOf(asked, 12 * 4 * 2)
        assert.strictEqual(new Set(asked).size, 12 * 4)
        assert.deepEqual(
          outcomes(yield* run(jobOf("run-1", true))),
          everywhere(...Array.from({ length: 5 }, () => "Done"))
        )
        assert.strictEqual(yield* state, 0)
      }).pipe(on(twice()))
    }))

  it.effect("creates each session once, and ends the same, when its runner dies after each activity", () =>
    Effect.gen(function*() {
      const expected = yield* clean
      const deaths = { count: 0 }
      yield* Effect.gen(function*() {
        yield* setUp
        const before = (yield* tokens).length
        assert.deepEqual(yield* run(job), expected)
        assert.strictEqual(yield* state, 12 * 5)
        assert.strictEqual(new Set((yield* tokens).slice(before)).size, 12 * 4)
        // To enter, to find the VPCs and the interfaces, the events, and for each interface a session and a record.
        assert.isAtLeast(deaths.count, 12 * (4 + 4 * 2))
      }).pipe(on(killed(deaths)))
    }))

  it.effect("does the work once when the same run is started twice", () =>
    Effect.gen(function*() {
      yield* setUp
      const before = (yield* tokens).length
      const [one, two] = yield* Effect.all([
        Stream.runCollect(FleetRun.entries(FleetRun.events(job))),
        Stream.runCollect(FleetRun.entries(FleetRun.events(job)))
      ], { concurrency: 2 })
      assert.sameDeepMembers([...one], [...two])
      assert.lengthOf((yield* tokens).slice(before), 12 * 4)
      assert.strictEqual(yield* state, 12 * 5)
    }).pipe(on(once())))

  it.effect("records a session that a program left without a record, instead of creating another", () =>
    Effect.gen(function*() {
      yield* setUp
      yield* run(job)
      // As if a program had died between the session and its record.
      const place = { account: clusterAccount, region: "us-east-1" }
      const [name] = yield* Ssm.listParametersByPath(`/arkime/clusters/${cluster}/vpcs`, { recursive: true }).pipe(
        Stream.map(({ name }) => name),
        Stream.filter((name) => name.includes("/enis/")),
        Stream.runCollect,
        inPlace(place)
      )
      yield* Ssm.send(new DeleteParameterCommand({ Name: name })).pipe(inPlace(place))
      const before = (yield* tokens).length
      const report = yield* run(jobOf("run-2"))
      const done = report.flatMap(({ items }) => items.filter(({ outcome }) => outcome === "Done"))
      assert.deepEqual(done.map(({ what }) => what.split(" ")[1]), [name!.slice(name!.lastIndexOf("/") + 1)])
      assert.lengthOf((yield* tokens).slice(before), 0)
      assert.strictEqual(yield* state, 12 * 5)
    }).pipe(on(once())))

  it.effect("keeps sessions and records together where one is refused, and does the rest", () =>
    Effect.gen(function*() {
      yield* setUp
      const denied = InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 403 })
      yield* InMemory.inject({ operation: "PutParameter", nth: 3, fault: denied })
      yield* InMemory.inject({ operation: "CreateTrafficMirrorSession", nth: 7, fault: denied })
      yield* InMemory.inject({ operation: "DescribeSubnets", nth: 1, fault: denied })
      yield* InMemory.inject({ operation: "GetCallerIdentity", nth: 12, fault: denied })
      const report = yield* run(job)
      const refused = report.flatMap(({ items }) => items.filter(({ outcome }) => outcome === "Refused"))
      assert.lengthOf(refused, 3)
      assert.isTrue(refused.every(({ why }) => why?.includes("not you")))
      assert.lengthOf(report.filter(({ failure }) => failure?.includes("not you")), 1)
      // One VPC and one place as they were, and two interfaces without a session.
      assert.strictEqual(yield* state, 12 * 5 - 4 - 4 - 2)
      // The next run does what was refused.
      const again = yield* run(jobOf("run-2"))
      assert.lengthOf(again.flatMap(({ items }) => items.filter(({ outcome }) => outcome === "Done")), 4 + 4 + 2)
      assert.strictEqual(yield* state, 12 * 5)
    }).pipe(on(once())))

  it.effect("stores results that survive JSON, are small, and hold no credentials", () =>
    Effect.gen(function*() {
      const stored: Stored = new Map()
      const report = yield* Effect.andThen(setUp, run(job)).pipe(on(once(stored)))
      assert.isAtLeast(stored.size, 12 * (4 + 4 * 2))
      for (const [key, json] of stored) {
        assert.isBelow(json.length, 5000, key)
        assert.notMatch(json, /ASIA[A-Z0-9]{8}|secretAccessKey|sessionToken/i, key)
      }
      const json = Schema.toCodecJson(Mirror.MirrorPlace.successSchema)
      for (const entry of report) {
        const text = JSON.stringify(yield* Schema.encodeEffect(json)(entry))
        assert.deepEqual(yield* Schema.decodeUnknownEffect(json)(JSON.parse(text)), entry)
      }
    }))
})
