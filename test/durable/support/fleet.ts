// A fleet for the tests of the cluster: accounts and regions with something to tear down or to mirror, and runners that do it.
import { PgClient } from "@effect/sql-pg"
import { assert } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Exit, Fiber, Layer, Option, Queue, Redacted } from "effect"
import { Fleet } from "effect-aws-sdk"
import type * as FleetReport from "effect-aws-sdk/FleetReport"
import * as path from "node:path"
import type { Parts } from "../../../emulator/engine/saved.ts"
import { MirrorPlace } from "../../../examples/fleet-mirror/Workflow.ts"
import * as MirrorWorld from "../../../examples/fleet-mirror/World.ts"
import { TearDownPlace } from "../../../examples/fleet-teardown/Workflow.ts"
import * as TearDownWorld from "../../../examples/fleet-teardown/World.ts"
import { cluster } from "../../../examples/fleet/Durable.ts"
import { fleetRole } from "../../../examples/fleet/World.ts"
import { freePort } from "../../support/freePort.ts"
import { type Postgres, postgres } from "../../support/postgres.ts"
import { clientsOf } from "../../support/world.ts"
import { type Call, makeAws, textOf } from "./aws.ts"
import { start } from "./processes.ts"
import { waitingFor } from "./waiting.ts"

export type Aws = Effect.Success<ReturnType<typeof makeAws>>

export const regions = ["eu-central-1", "us-east-1"]
const tornDown = ["311111111111", "322222222222", "333333333333"]
const mirrored = ["411111111111", "422222222222", "433333333333"]

/** How many times faster than on AWS time passes there. */
export const speed = 20_000

/** Sets up the accounts. */
export const setUp = (aws: Aws) =>
  Effect.andThen(
    TearDownWorld.setUp(tornDown.map((account) => ({ account, regions }))),
    MirrorWorld.setUp(mirrored.map((account) => ({ account, regions })))
  ).pipe(
    Effect.provide(Fleet.layer({ role: fleetRole, sessionName: "set-up" }).pipe(Layer.provide(clientsOf(aws.world)))),
    Effect.orDie
  )

/** Short intervals: the tests wait for a few seconds where a cluster with the defaults waits for half a minute. */
const intervals = {
  SHARDS_PER_GROUP: "30",
  SHARD_LOCK_EXPIRATION: "3 seconds",
  SHARD_LOCK_REFRESH_INTERVAL: "1 second",
  REFRESH_ASSIGNMENTS_INTERVAL: "100 millis",
  ENTITY_MESSAGE_POLL_INTERVAL: "100 millis",
  ENTITY_REPLY_POLL_INTERVAL: "100 millis",
  SEND_RETRY_INTERVAL: "50 millis",
  ENTITY_TERMINATION_TIMEOUT: "1 second"
}

/** For tests in which no runner dies: on a busy machine, one would lose its locks after a second without an answer of the database. */
export const longLocks = { SHARD_LOCK_EXPIRATION: "1 minute", SHARD_LOCK_REFRESH_INTERVAL: "20 seconds" }

/** For tests that wait for the end of locks: short, but long enough for runners on a busy machine to keep them. */
export const shortLocks = { SHARD_LOCK_EXPIRATION: "12 seconds", SHARD_LOCK_REFRESH_INTERVAL: "4 seconds" }

/** Node's cache of compiled modules, with which a runner starts in half the time. */
const compiled = path.join(import.meta.dirname, "../../../node_modules/.cache/runners")

export const environmentOf = (aws: Aws, url: string) => ({
  ...aws.environment,
  ...intervals,
  NODE_COMPILE_CACHE: compiled,
  DATABASE_URL: url,
  RUNNER_HOST: "127.0.0.1",
  FLEET_ROLE: fleetRole
})

/** Starts a runner, and waits until it is ready. */
export const runner = Effect.fnUntraced(
  function*(name: string, environment: Readonly<Record<string, string>>) {
    const process = yield* start(name, "runner", { ...environment, RUNNER_PORT: String(yield* freePort) })
    yield* process.line(/is ready/)
    return process
  }
)

/** The executions of a run. */
export const executions = Effect.gen(function*() {
  const places = (accounts: ReadonlyArray<string>) =>
    accounts.flatMap((account) => regions.map((region) => ({ account, region })))
  const tearDowns = yield* Effect.forEach(places(tornDown), (place) =>
    Effect.gen(function*() {
      const payload = TearDownPlace.payloadSchema.make({
        ...place,
        run: "teardown",
        speed,
        tag: TearDownWorld.tag,
        dryRun: false,
        ...(place.region === regions[0] && { rolesAfter: regions })
      })
      return { ...place, workflow: TearDownPlace, payload, id: yield* TearDownPlace.executionId(payload) }
    }))
  const mirrors = yield* Effect.forEach(places(mirrored), (place) =>
    Effect.gen(function*() {
      const payload = MirrorPlace.payloadSchema.make({
        ...place,
        run: "mirror",
        speed,
        cluster: MirrorWorld.cluster,
        clusterAccount: MirrorWorld.clusterAccount,
        undo: false
      })
      return { ...place, workflow: MirrorPlace, payload, id: yield* MirrorPlace.executionId(payload) }
    }))
  return [...tearDowns, ...mirrors]
})

/** The command lines of `submit.ts` for the same executions. */
const submission = (program: string, options: Readonly<Record<string, string>>, accounts: ReadonlyArray<string>) =>
  Object.entries({
    run: program,
    program,
    ...options,
    accounts: accounts.join(","),
    regions: regions.join(","),
    speed: String(speed)
  }).flatMap(([name, value]) => [`--${name}`, value])

export const submissions = [
  submission("teardown", { tag: `${TearDownWorld.tag.key}=${TearDownWorld.tag.value}` }, tornDown).concat("--delete"),
  submission("mirror", { cluster: MirrorWorld.cluster, "cluster-account": MirrorWorld.clusterAccount }, mirrored)
]

/** What became of each place: its entry in the report, or why it has none. */
export type Results = Readonly<Record<string, FleetReport.Entry | string>>

/**
 * Starts the executions, runs the effect, and returns the results once all are in. PostgreSQL notifies of each that is, so that nobody
 * asks for it again and again.
 */
export const run = Effect.fnUntraced(function*<A, E, R>(
  environment: Readonly<Record<string, string>>,
  meanwhile: Effect.Effect<A, E, R>
) {
  const layer = cluster({ clientOnly: true }).pipe(
    Layer.merge(PgClient.layer({ url: Redacted.make(environment["DATABASE_URL"]!), maxConnections: 5 })),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })))
  )
  return yield* Effect.gen(function*() {
    const sql = yield* PgClient.PgClient
    const all = yield* executions
    yield* sql`
      CREATE FUNCTION finished() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.payload LIKE '%"Complete"%' AND EXISTS (
          SELECT FROM cluster_messages WHERE id = NEW.request_id AND tag = 'run' AND entity_type LIKE 'Workflow/%Place'
        ) THEN PERFORM pg_notify('finished', NEW.request_id::text); END IF;
        RETURN NEW;
      END $$`
    yield* sql`CREATE TRIGGER finished AFTER INSERT ON cluster_replies FOR EACH ROW EXECUTE FUNCTION finished()`
    const finished = yield* sql.listen("finished")
    yield* Effect.forEach(all, ({ payload, workflow }) =>
      // One at a time: which of the two it is doesn't matter, and TypeScript can't see that they fit.
      workflow === TearDownPlace
        ? TearDownPlace.execute(payload as typeof TearDownPlace.payloadSchema.Type, { discard: true })
        : MirrorPlace.execute(payload as typeof MirrorPlace.payloadSchema.Type, { discard: true }), { concurrency: 4 })
    const ids = new Set<string>()
    const ended = yield* Effect.forkChild(Effect.gen(function*() {
      while (ids.size < all.length) ids.add((yield* Queue.take(finished)).payload)
    }))
    const value = yield* Effect.raceFirst(
      meanwhile,
      Effect.andThen(Fiber.join(ended), Effect.die(new Error("The run ended before what was to happen in it.")))
    )
    yield* waitingFor(
      () => `the end of the run: ${ids.size} of ${all.length} executions have ended`,
      Fiber.join(ended)
    )
    const results: Record<string, FleetReport.Entry | string> = {}
    for (const { account, id, region, workflow } of all) {
      const result = Option.getOrUndefined(yield* workflow.poll(id))
      results[`${account} ${region}`] = result?._tag !== "Complete"
        ? `no result: ${result?._tag}`
        : Exit.isSuccess(result.exit)
        ? result.exit.value
        : String(result.exit.cause)
    }
    return { value, results: results as Results }
  }).pipe(Effect.scoped, Effect.provide(layer))
})

/** What the tests of a file share: the server, the accounts as they are at first, and a run that nothing disturbs. */
export class Fixture extends Context.Service<Fixture, {
  readonly server: Postgres
  readonly before: Parts
  readonly calls: ReadonlyArray<Call>
  readonly results: Results
  readonly state: string
}>()("Fixture") {
  static readonly layer = Layer.effect(
    Fixture,
    Effect.gen(function*() {
      const server = yield* postgres
      const aws = yield* makeAws({ speed })
      yield* setUp(aws)
      // Domains and services take time to be created.
      aws.clock.advance(60_000)
      const before = aws.world.save().map((part) => part.slice())
      aws.restore(before)
      const environment = { ...environmentOf(aws, yield* server.createDatabase("undisturbed")), ...longLocks }
      const { results } = yield* Effect.scoped(Effect.andThen(
        Effect.all([runner("runner-1", environment), runner("runner-2", environment)], { concurrency: 2 }),
        run(environment, Effect.void)
      ))
      return { server, before, calls: aws.calls(), results, state: textOf(aws.world.save(), before) }
    })
  )
}

let databases = 0

/** The accounts as they are at first, an empty database, and two runners with these settings. */
export const freshWith = Effect.fnUntraced(function*(settings: Readonly<Record<string, string>>) {
  const { before, server } = yield* Fixture
  const aws = yield* makeAws({ speed })
  aws.restore(before)
  const environment = { ...environmentOf(aws, yield* server.createDatabase(`tests_${++databases}`)), ...settings }
  const runners = yield* Effect.all(
    [runner("runner-1", environment), runner("runner-2", environment)],
    { concurrency: 2 }
  )
  return { aws, environment, runners }
})

export const fresh = freshWith({})

/** A call that changed something, as text that is the same when it is repeated, also in another run. */
const changeOf = ({ entry: { account, input, operation, outcome, region } }: Call): string | undefined =>
  outcome._tag !== "Answered" || /^(Describe|List|Get|Head|AssumeRole)/.test(operation)
    ? undefined
    : `${operation} ${account} ${region} ${JSON.stringify(input).replaceAll(/\btms-\w+/g, "(new id)")}`

/** The changes, and the answers to each. */
const changesOf = (calls: ReadonlyArray<Call>) => {
  const changes = new Map<string, Array<object>>()
  for (const call of calls) {
    const change = changeOf(call)
    if (change === undefined || call.entry.outcome._tag !== "Answered") continue
    const answers = changes.get(change) ?? []
    changes.set(change, answers)
    answers.push(call.entry.outcome.output)
  }
  return changes
}

/**
 * What AWS accepts again, and what comes of it: nothing, for calls that say how a thing is to be, and for a session with the token of
 * one that is there. A parameter gets another version with the same value. Only an event is there twice.
 */
const repeatable = [
  "CreateTrafficMirrorSession",
  "DeleteDomain",
  "DeleteObjects",
  "PutEvents",
  "PutParameter",
  "UpdateService"
]

/**
 * Asserts that the run ended as the one without a disturbance, and that no change had its effect twice. Returns the operations that
 * were repeated.
 */
export const assertDoneOnce = (what: string, aws: Aws, results: Results) =>
  Effect.gen(function*() {
    const { before, calls, results: expected, state } = yield* Fixture
    assert.deepStrictEqual(results, expected, `${what}: the report is that of an undisturbed run`)
    assert.strictEqual(
      textOf(aws.world.save(), before),
      state,
      `${what}: AWS is in the state after an undisturbed run`
    )
    const changes = changesOf(aws.calls())
    assert.deepStrictEqual(
      [...changes.keys()].sort(),
      [...changesOf(calls).keys()].sort(),
      `${what}: the changes are those of an undisturbed run`
    )
    const repeated: Array<string> = []
    for (const [change, answers] of changes) {
      const operation = change.slice(0, change.indexOf(" "))
      repeated.push(...answers.slice(1).map(() => operation))
      if (answers.length === 1) continue
      assert.include(repeatable, operation, `${what}: ${change} was done ${answers.length} times`)
      if (operation !== "CreateTrafficMirrorSession") continue
      const ids = new Set(answers.map((answer) => JSON.stringify(answer).match(/\btms-\w+/)?.[0]))
      assert.strictEqual(ids.size, 1, `${what}: ${change} created one session`)
    }
    return repeated
  })
