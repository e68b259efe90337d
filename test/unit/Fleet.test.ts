import { S3Client } from "@aws-sdk/client-s3"
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Redacted,
  References,
  Result,
  Schedule,
  Scope,
  Stream
} from "effect"
import { type Aspect, AssumeRole, AwsClients, type AwsError, Fleet, InMemory, Retry, Ssm, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { countingFibers } from "../support/fibers.ts"
import { until } from "../support/s3.ts"

const [first, second, third] = ["111111111111", "222222222222", "333333333333"] as const
const regions = ["us-east-1", "eu-central-1", "eu-west-1", "ap-south-1"]

/** A fleet over the in-memory AWS, which stays in the context for tests to control. */
const fleet = (options: Partial<Fleet.Options> = {}, aws: Layer.Layer<AwsClients | InMemory> = InMemory.layer()) =>
  Fleet.layer({ role: "audit", sessionName: "fleet", regions, ...options }).pipe(Layer.provideMerge(aws))

const callsOf = (name: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter(({ operation }) => operation === name))
const countOf = (name: string) => Effect.map(callsOf(name), ({ length }) => length)
const open = Fleet.Fleet.use((fleet) => fleet.open)

const identity = Sts.send(new GetCallerIdentityCommand({}))
const account = Effect.map(identity, ({ Account }) => Account)
const there = (account: string, region = "us-east-1") => Effect.provide(Fleet.clients({ account, region }))

const inAll = (...accounts: ReadonlyArray<string>) => Fleet.forEach(accounts.map((account) => ({ account })), account)

const failures = <A, E, T extends Fleet.Target>(outcomes: ReadonlyArray<Fleet.Outcome<A, E, T>>) =>
  outcomes.flatMap(({ result }) => Result.isFailure(result) ? [result.failure] : [])

/** An aspect that tells when a role is being asked for. */
const asking = () => {
  let count = 0
  const aspect: Aspect.Aspect = (send) => (call) => {
    if (call.operation === "AssumeRole") count++
    return send(call)
  }
  return { aspect, asked: (times: number) => until("AssumeRole", Effect.sync(() => count === times)) }
}

const denied = InMemory.fault({ code: "AccessDenied", message: "not you", statusCode: 403 })

describe("a fleet", () => {
  it.effect("has the state of each account and region for itself", () =>
    Effect.gen(function*() {
      const places = [first, second].flatMap((account) => regions.map((region) => [account, region] as const))
      for (const [account, region] of places) {
        yield* Ssm.putParameter({ name: "/where", value: `${account} ${region}` }).pipe(there(account, region))
      }
      const read = Fleet.forEach([{ account: first }, { account: second }], Ssm.getParameter("/where"))
      const outcomes = yield* Stream.runCollect(read)
      assert.sameDeepMembers(
        outcomes.map(({ account, region, result }) => [account, region, Result.getOrThrow(result).value]),
        places.map(([account, region]) => [account, region, `${account} ${region}`])
      )
      assert.strictEqual((yield* Effect.flip(Ssm.getParameter("/where")))._tag, "ParameterDoesNotExist")
    }).pipe(Effect.provide(fleet())))

  it.effect("sends nothing until a place is needed", () =>
    Effect.gen(function*() {
      assert.lengthOf(yield* InMemory.calls, 0)
      assert.deepEqual(yield* open, { sessions: 0, places: 0 })
    }).pipe(Effect.provide(fleet())))

  it.effect("assumes a role once for all regions that ask at once, and refreshes it once", () =>
    Effect.gen(function*() {
      const ask = Effect.forEach(
        Array.from({ length: 40 }, (_, i) => regions[i % regions.length]!),
        (region) => account.pipe(Effect.provide(Fleet.clients({ account: first, region }))),
        { concurrency: "unbounded" }
      )
      // One place stays in use, so that the session does.
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Layer.build(Fleet.clients({ account: first, region: "us-east-1" }))
        assert.deepEqual(yield* ask, Array(40).fill(first))
        assert.strictEqual(yield* countOf("AssumeRole"), 1)
        yield* TestClock.adjust("26 minutes")
        yield* ask
        yield* until("the new session", Effect.map(countOf("AssumeRole"), (count) => count > 1))
        yield* ask
        assert.strictEqual(yield* countOf("AssumeRole"), 2)
        // All of it has expired meanwhile.
        yield* TestClock.adjust("10 hours")
        assert.deepEqual(yield* ask, Array(40).fill(first))
        assert.strictEqual(yield* countOf("AssumeRole"), 3)
      }))
    }).pipe(Effect.provide(fleet({ duration: "30 minutes" }))))

  it.effect("passes its options on to AssumeRole", () =>
    Effect.gen(function*() {
      yield* Stream.runDrain(inAll(first))
      const [call] = yield* callsOf("AssumeRole")
      assert.deepInclude(call?.input, {
        RoleArn: `arn:aws:iam::${first}:role/audit`,
        RoleSessionName: "fleet",
        ExternalId: "external",
        DurationSeconds: 1800,
        Tags: [{ Key: "team", Value: "capture" }]
      })
      assert.strictEqual(call?.region, "us-east-1")
    }).pipe(
      Effect.provide(fleet({ externalId: "external", duration: "30 minutes", tags: { team: "capture" } }))
    ))

  it.effect("has the connections, the retries and the plugins of the clients below", () =>
    Effect.gen(function*() {
      const base = yield* AwsClients
      yield* Fleet.forEach(
        [{ account: first }],
        AwsClients.useSync((clients) => {
          assert.strictEqual(clients.config.requestHandler, base.config.requestHandler)
          assert.strictEqual(clients.config.retry, base.config.retry)
          assert.deepEqual(clients.config.plugins, base.config.plugins)
          assert.notStrictEqual(clients.get(S3Client), base.get(S3Client))
        })
      ).pipe(Stream.runForEach(({ result }) => Effect.fromResult(result)))
    }).pipe(
      Effect.provide(fleet({}, InMemory.layer({ retry: Schedule.recurs(1), plugins: [{ applyToStack: () => {} }] })))
    ))

  it.effect("has one set of connections of its own, if it's told so", () =>
    Effect.gen(function*() {
      const base = yield* AwsClients
      const handlers = yield* Fleet.forEach(
        [{ account: "123456789012" }],
        AwsClients.useSync(({ config }) => config.requestHandler)
      ).pipe(Stream.map(({ result }) => Result.getOrThrow(result)), Stream.runCollect)
      assert.lengthOf(handlers, regions.length)
      assert.lengthOf([...new Set(handlers)], 1)
      assert.notStrictEqual(handlers[0], base.config.requestHandler)
    }).pipe(
      Effect.provide(
        Fleet.layer({ role: () => undefined, sessionName: "fleet", regions, requestHandler: { requestTimeout: 1000 } })
          .pipe(
            Layer.provideMerge(InMemory.layer())
          )
      )
    ))

  it.effect("takes the first of its regions for clients without one", () =>
    Effect.gen(function*() {
      const { account, region } = yield* Sts.environment.pipe(Effect.provide(Fleet.clients({ account: first })))
      assert.deepEqual([account, region], [first, "us-east-1"])
      const other = Fleet.clients({ roleArn: `arn:aws:iam::${second}:role/x`, region: "eu-west-1" })
      const environment = yield* Sts.environment.pipe(Effect.provide(other))
      assert.deepEqual([environment.account, environment.region], [second, "eu-west-1"])
    }).pipe(Effect.provide(fleet())))
})

describe("a role that can't be assumed", () => {
  it.effect("is asked for once per account, and again by the next run", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(AssumeRoleCommand, () => Effect.fail(denied))
      const outcomes = yield* Stream.runCollect(inAll(first, second))
      assert.lengthOf(outcomes, 2 * regions.length)
      for (const error of failures(outcomes)) {
        assert.strictEqual(error._tag, "AssumeRoleFailed")
        assert.include(error.message, "AccessDenied")
      }
      assert.lengthOf(failures(outcomes), 2 * regions.length)
      assert.strictEqual(yield* countOf("AssumeRole"), 2)
      assert.deepEqual(yield* open, { sessions: 0, places: 0 })
      yield* Stream.runDrain(inAll(first))
      assert.strictEqual(yield* countOf("AssumeRole"), 3)
    }).pipe(Effect.provide(fleet())))

  it.effect("is asked for again by the next region, if the failure is retryable", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "AssumeRole", nth: 1, fault: InMemory.throttled })
      const outcomes = yield* Fleet.forEach([{ account: first }], account, { concurrency: 1 }).pipe(Stream.runCollect)
      const [error, ...others] = failures(outcomes)
      assert.strictEqual(error?._tag, "AssumeRoleFailed")
      assert.lengthOf(others, 0)
      assert.strictEqual(yield* countOf("AssumeRole"), 2)
    }).pipe(Effect.provide(fleet({}, InMemory.layer({ retry: Retry.none })))))

  it.effect("doesn't end the others", () =>
    Effect.gen(function*() {
      const refused: ReadonlyArray<Fleet.Target> = [{ account: first }]
      yield* InMemory.inject({ operation: "AssumeRole", nth: 1, fault: denied })
      const outcomes = yield* Fleet.forEach([...refused, { account: second }], account).pipe(Stream.runCollect)
      assert.lengthOf(outcomes, 2 * regions.length)
      assert.lengthOf(failures(outcomes), regions.length)
      assert.sameMembers(
        outcomes.filter(({ result }) => Result.isFailure(result)).map(({ target }) => target),
        regions.map(() => refused[0]!)
      )
    }).pipe(Effect.provide(fleet())))

  it.effect("can be waited for by several regions, of which one gives up", () => {
    const { asked, aspect } = asking()
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "AssumeRole", nth: 1, fault: InMemory.delay("10 seconds") })
      const waiting = yield* Effect.forEach(regions, (region) => Effect.forkChild(account.pipe(there(first, region))))
      yield* asked(1)
      // The one that asked first.
      yield* Fiber.interrupt(waiting[0]!)
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(yield* Effect.forEach(waiting.slice(1), Fiber.join), Array(regions.length - 1).fill(first))
      assert.strictEqual(yield* countOf("AssumeRole"), 1)
    }).pipe(Effect.provide(fleet({}, InMemory.layer({ aspects: [aspect] }))))
  })

  it.effect("is given up when nobody waits for it any more, and asked for anew by the next", () => {
    const { asked, aspect } = asking()
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "AssumeRole", nth: 1, fault: InMemory.delay("10 hours") })
      const waiting = yield* Effect.forEach(regions, (region) => Effect.forkChild(account.pipe(there(first, region))))
      yield* asked(1)
      assert.deepEqual(yield* open, { sessions: 1, places: 4 })
      yield* Fiber.interruptAll(waiting)
      assert.deepEqual(yield* open, { sessions: 0, places: 0 })
      assert.strictEqual(yield* account.pipe(there(first)), first)
      yield* asked(2)
    }).pipe(Effect.provide(fleet({}, InMemory.layer({ aspects: [aspect] }))))
  })
})

describe("the fleet's own credentials", () => {
  const own = (aws = InMemory.layer({ account: first })) =>
    fleet({ role: (id) => id === third ? "audit" : undefined }, aws)

  it.effect("are used where the fleet has no role, and their account is asked for once", () =>
    Effect.gen(function*() {
      const outcomes = yield* Fleet.forEach(
        [{ account: first }, { account: first }],
        Ssm.getParameter("/x").pipe(
          Effect.catchTag("ParameterDoesNotExist", () => Effect.succeed("none"))
        )
      ).pipe(Stream.runCollect)
      assert.deepEqual(outcomes.map(({ result }) => Result.getOrThrow(result)), Array(8).fill("none"))
      yield* Ssm.putParameter({ name: "/x", value: "1" }).pipe(there(first))
      assert.strictEqual(yield* countOf("AssumeRole"), 0)
      assert.strictEqual(yield* countOf("GetCallerIdentity"), 1)
      yield* account.pipe(there(third))
      assert.strictEqual(yield* countOf("AssumeRole"), 1)
    }).pipe(Effect.provide(own())))

  it.effect("are refused for another account", () =>
    Effect.gen(function*() {
      const outcomes = yield* Stream.runCollect(inAll(second))
      assert.lengthOf(failures(outcomes), regions.length)
      for (const error of failures(outcomes)) {
        assert.strictEqual(error._tag, "InvalidTarget")
        assert.include(error.message, `"${second}"`)
        assert.include(error.message, `belong to account ${first}`)
      }
      assert.strictEqual(yield* countOf("GetCallerIdentity"), 1)
    }).pipe(Effect.provide(own())))

  it.effect("fail a place when AWS doesn't say whose they are, and are asked for again", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetCallerIdentity", nth: 1, fault: InMemory.serverFault })
      const error = yield* Effect.flip(account.pipe(there(first)))
      assert.strictEqual(error._tag, "AwsError")
      assert.strictEqual(yield* account.pipe(there(first)), first)
    }).pipe(Effect.provide(own(InMemory.layer({ account: first, retry: Retry.none })))))
})

describe("the aspects of a fleet", () => {
  /** An aspect that lists how often it was applied, and the calls that passed each time. */
  const listing = () => {
    const applied: Array<Array<string>> = []
    const aspect: Aspect.Aspect = (send) => {
      const calls: Array<string> = []
      applied.push(calls)
      return (call) => {
        calls.push(`${call.operation} ${call.region}`)
        return send(call)
      }
    }
    return { applied, aspect }
  }

  it.effect("are applied once for each account, around the calls to all its regions", () => {
    const [below, own] = [listing(), listing()]
    return Effect.gen(function*() {
      // All calls go to the region that they say.
      const outcomes = yield* Fleet.forEach([{ account: first }, { account: second }], Sts.environment).pipe(
        Stream.runCollect
      )
      assert.lengthOf(failures(outcomes), 0)
      const calls = regions.map((region) => `GetCallerIdentity ${region}`)
      assert.lengthOf(own.applied, 2)
      for (const passed of own.applied) assert.sameMembers(passed, calls)
      // One of them is that of the clients below, which assume the roles.
      const [base, ...others] = below.applied
      assert.deepEqual(base, ["AssumeRole us-east-1", "AssumeRole us-east-1"])
      assert.lengthOf(others, 2)
      for (const passed of others) assert.sameMembers(passed, calls)
      assert.sameMembers(
        (yield* callsOf("GetCallerIdentity")).map(({ account, region }) => `${account} ${region}`),
        [first, second].flatMap((account) => regions.map((region) => `${account} ${region}`))
      )
    }).pipe(Effect.provide(fleet({ aspects: [own.aspect] }, InMemory.layer({ aspects: [below.aspect] }))))
  })

  it.effect("are applied to the fleet's own credentials, too", () => {
    const [below, own] = [listing(), listing()]
    return Effect.gen(function*() {
      yield* Stream.runDrain(inAll(first))
      assert.deepEqual(own.applied.map(({ length }) => length), [regions.length])
      assert.deepEqual(below.applied.map(({ length }) => length), [1, regions.length])
    }).pipe(
      Effect.provide(
        fleet({
          aspects: [own.aspect],
          role: () => undefined
        }, InMemory.layer({ account: first, aspects: [below.aspect] }))
      )
    )
  })

  it.effect("are those of a role chain and of another region on top of a place, which have the right credentials", () => {
    const { applied, aspect } = listing()
    return Effect.gen(function*() {
      const chain = AssumeRole.layer({ roleArn: `arn:aws:iam::${third}:role/last`, sessionName: "chain" })
      const program = Effect.gen(function*() {
        const inRole = yield* Sts.environment.pipe(Effect.provide(chain))
        assert.deepEqual([inRole.account, inRole.region], [third, "eu-west-1"])
        const elsewhere = yield* Sts.environment.pipe(Effect.provide(AwsClients.inRegion("sa-east-1")))
        assert.deepEqual([elsewhere.account, elsewhere.region], [first, "sa-east-1"])
        assert.strictEqual(yield* account, first)
      })
      yield* program.pipe(there(first, "eu-west-1"))
      // The place's, the chain's, and the other region's.
      assert.deepEqual(applied, [
        ["AssumeRole eu-west-1", "GetCallerIdentity eu-west-1"],
        ["GetCallerIdentity eu-west-1"],
        ["GetCallerIdentity sa-east-1"]
      ])
      assert.deepEqual(
        (yield* callsOf("AssumeRole")).map(({ account }) => account),
        ["123456789012", first]
      )
    }).pipe(Effect.provide(fleet({ aspects: [aspect] })))
  })

  it.effect("can't send a call to a place that the account doesn't have", () => {
    const moving: Aspect.Aspect = (send) => (call) => send({ ...call, region: "sa-east-1" })
    return Effect.gen(function*() {
      const error = yield* Effect.flip(identity.pipe(there(first)))
      assert.strictEqual((error as AwsError).code, "PlaceReleased")
      assert.strictEqual(yield* countOf("GetCallerIdentity"), 0)
    }).pipe(Effect.provide(fleet({ aspects: [moving] })))
  })
})

describe("what a fleet keeps", () => {
  it.effect("is kept for as long as `idleTimeToLive`, and used again in that time", () =>
    Effect.gen(function*() {
      yield* account.pipe(there(first))
      yield* account.pipe(there(first, "eu-west-1"))
      assert.deepEqual(yield* open, { sessions: 1, places: 2 })
      yield* TestClock.adjust("59 seconds")
      yield* account.pipe(there(first))
      yield* TestClock.adjust("59 seconds")
      assert.deepEqual(yield* open, { sessions: 1, places: 1 })
      yield* TestClock.adjust("1 second")
      assert.deepEqual(yield* open, { sessions: 1, places: 0 })
      // The session has been idle only since then.
      yield* TestClock.adjust("59 seconds")
      yield* account.pipe(there(first))
      assert.strictEqual(yield* countOf("AssumeRole"), 1)
      yield* TestClock.adjust("1 minute")
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* open, { sessions: 0, places: 0 })
      yield* account.pipe(there(first))
      assert.strictEqual(yield* countOf("AssumeRole"), 2)
    }).pipe(Effect.provide(fleet())))

  it.effect("isn't kept at all with an idle time of 0", () =>
    Effect.gen(function*() {
      yield* Stream.runDrain(inAll(first, second))
      assert.deepEqual(yield* open, { sessions: 0, places: 0 })
      assert.strictEqual(yield* countOf("AssumeRole"), 2)
    }).pipe(Effect.provide(fleet({ idleTimeToLive: 0 }))))

  it.effect("is at most 32 places and 128 sessions, those that were used last", () =>
    Effect.gen(function*() {
      const ids = Array.from({ length: 200 }, (_, i) => String(400_000_000_000 + i))
      for (const id of ids) yield* account.pipe(there(id))
      // The 32 places have their sessions in use.
      assert.deepEqual(yield* open, { sessions: 32 + 128, places: 32 })
      yield* Effect.forEach(ids.slice(-160), (id) => account.pipe(there(id)), { discard: true })
      assert.strictEqual(yield* countOf("AssumeRole"), 200)
      yield* account.pipe(there(ids[0]!))
      assert.strictEqual(yield* countOf("AssumeRole"), 201)
    }).pipe(Effect.provide(fleet({ idleTimeToLive: Infinity }))))

  it.effect("is opened anew while the one before is being closed, wherever that takes a break", () =>
    Effect.gen(function*() {
      for (let operations = 5; operations < 40; operations++) {
        // A fiber takes a break after so many operations. Others open the place then.
        const asked = yield* identity.pipe(
          there(first),
          Effect.exit,
          Effect.provideService(References.MaxOpsBeforeYield, operations),
          (ask) => Effect.replicateEffect(ask, 12, { concurrency: 3 })
        )
        for (const exit of asked) if (Exit.isFailure(exit)) assert.fail(Cause.pretty(exit.cause))
      }
    }).pipe(there(first, "eu-west-1"), Effect.provide(fleet({ idleTimeToLive: 0 }))))

  it.effect("ends with the Layer, and leaves no fiber", () =>
    countingFibers((live) =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const before = yield* live
        const context = yield* Scope.provide(Layer.build(fleet()), scope)
        yield* Stream.runDrain(inAll(first, second)).pipe(Effect.provide(context))
        const size = open.pipe(Effect.provide(context))
        assert.deepEqual(yield* size, { sessions: 2, places: 8 })
        assert.isAbove(yield* live, before)
        const { clients, places } = Context.get(context, Fleet.Fleet)
        const [place] = places({ account: first })
        const kept = yield* Effect.scoped(clients(Result.getOrThrow(place!)))
        yield* Scope.close(scope, Exit.void)
        assert.deepEqual(yield* size, { sessions: 0, places: 0 })
        assert.strictEqual(yield* live, before)
        const error = yield* Effect.flip(Effect.scoped(clients(Result.getOrThrow(place!))))
        assert.strictEqual((error as AwsError).code, "LayerReleased")
        const late = yield* Effect.flip(Effect.provideService(identity, AwsClients, kept))
        assert.include(late.message, "released")
      })
    ))

  it.effect("ends for those that wait for a role when the Layer ends", () =>
    Effect.gen(function*() {
      const { asked, aspect } = asking()
      const scope = yield* Scope.make()
      const context = yield* Scope.provide(Layer.build(fleet({}, InMemory.layer({ aspects: [aspect] }))), scope)
      yield* Effect.gen(function*() {
        yield* InMemory.inject({ operation: "AssumeRole", fault: InMemory.delay("10 hours") })
        const { clients, places } = yield* Fleet.Fleet
        const [place] = places({ account: first })
        const waiting = yield* Effect.forkChild(Effect.exit(Effect.scoped(clients(Result.getOrThrow(place!)))))
        yield* asked(1)
        yield* Scope.close(scope, Exit.void)
        const error = yield* Effect.flip(yield* Fiber.join(waiting))
        assert.strictEqual((error as AwsError).code, "LayerReleased")
      }).pipe(Effect.provide(context))
    }))

  it.effect("belongs to the fleet, not to the span or the scope of the first that asked", () =>
    Effect.gen(function*() {
      const done = yield* Deferred.make<void>()
      // The second of them still works when the first has long ended.
      const second = yield* Effect.forkChild(
        Effect.andThen(Deferred.await(done), account).pipe(there(first, "eu-west-1"))
      )
      yield* account.pipe(there(first))
      yield* TestClock.adjust("1 hour")
      yield* Deferred.succeed(done, undefined)
      assert.strictEqual(yield* Fiber.join(second), first)
    }).pipe(Effect.provide(fleet())))
})

describe("a fleet over HTTP", () => {
  it.live("reaches each account and region of a served in-memory AWS", () =>
    Effect.gen(function*() {
      const { accessKeyId, secretAccessKey, url } = yield* InMemory.serve()
      const base = AwsClients.layer({
        region: "us-east-1",
        endpoint: url,
        credentials: { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) }
      })
      const outcomes = yield* Fleet.forEach([{ account: first }, { account: second }], Sts.environment).pipe(
        Stream.runCollect,
        Effect.provide(
          Fleet.layer({ role: "audit", sessionName: "fleet", regions }).pipe(Layer.provide(base))
        )
      )
      for (const { account, region, result } of outcomes) {
        const environment = Result.getOrThrow(result)
        assert.deepEqual([environment.account, environment.region], [account, region])
      }
      assert.lengthOf(outcomes, 8)
      assert.strictEqual(yield* countOf("AssumeRole"), 2)
      assert.sameMembers(
        (yield* callsOf("GetCallerIdentity")).map(({ region }) => region),
        [...regions, ...regions]
      )
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))
})
