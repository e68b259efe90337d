import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import type { AwsCredentialIdentity, Pluggable } from "@smithy/types"
import { Context, Effect, Exit, Layer, Redacted, Schedule, Scope } from "effect"
import {
  type Aspect,
  AssumeRole,
  AwsClients,
  Compute,
  Default,
  InMemory,
  Profile,
  Retry,
  Ssm,
  Sts
} from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { shown } from "../../errors/internal/words.ts"
import { home, sts, whoAmI } from "../support/Environment.ts"
import { until } from "../support/s3.ts"

const there = AwsClients.inRegion("eu-west-1")
const identity = Sts.send(new GetCallerIdentityCommand({}))
const regionOf = AwsClients.useSync(({ config }) => config.region)
const callsOf = (name: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter(({ operation }) => operation === name))

describe("clients in another region", () => {
  it.effect("have the state of that region", () =>
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/where", value: "here" })
      yield* Ssm.putParameter({ name: "/where", value: "there" }).pipe(Effect.provide(there))
      assert.strictEqual((yield* Ssm.getParameter("/where")).value, "here")
      assert.strictEqual((yield* Ssm.getParameter("/where").pipe(Effect.provide(there))).value, "there")
      assert.deepEqual(yield* Effect.all([regionOf, Effect.provide(regionOf, there)]), ["us-east-1", "eu-west-1"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("can be moved once more", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* regionOf.pipe(Effect.provide(AwsClients.inRegion("sa-east-1").pipe(Layer.provide(there)))),
        "sa-east-1"
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("learn their own region from Sts.environment, which is remembered per Layer", () =>
    Effect.gen(function*() {
      yield* Sts.environment
      yield* Effect.gen(function*() {
        assert.deepInclude(yield* Sts.environment, { account: "123456789012", region: "eu-west-1" })
        yield* Sts.environment
      }).pipe(Effect.provide(there))
      assert.strictEqual((yield* Sts.environment).region, "us-east-1")
      assert.deepEqual((yield* callsOf("GetCallerIdentity")).map(({ region }) => region), ["us-east-1", "eu-west-1"])
    }).pipe(Effect.provide(InMemory.layer())))

  const plugin: Pluggable<any, any> = { applyToStack: () => {} }
  const aspect: Aspect.Aspect = (send) => send
  const options: InMemory.Options = {
    retry: Schedule.recurs(1),
    plugins: [plugin],
    aspects: [aspect],
    clientOptions: { forcePathStyle: true }
  }

  it.effect("have all else of the clients below", () =>
    Effect.gen(function*() {
      const below = yield* AwsClients
      const above = yield* Effect.provide(AwsClients, there)
      assert.deepEqual(above.config, { ...below.config, region: "eu-west-1" })
      for (const name of ["credentials", "requestHandler", "retry", "plugins", "aspects"] as const) {
        assert.strictEqual(above.config[name], below.config[name], name)
      }
      assert.notStrictEqual(above.get, below.get)
    }).pipe(Effect.provide(InMemory.layer(options))))

  it.effect("pass the aspects and the retries of the clients below", () => {
    const calls: Array<string> = []
    const listing: Aspect.Aspect = (send) => (call) => {
      calls.push(`${call.operation} ${call.region}`)
      return send(call)
    }
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetCallerIdentity", nth: 1, fault: InMemory.serverFault })
      yield* identity.pipe(Effect.provide(there))
      assert.deepEqual(calls, ["GetCallerIdentity eu-west-1"])
      assert.lengthOf(yield* callsOf("GetCallerIdentity"), 2)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(1), aspects: [listing] })))
  })

  const values = [null, undefined, 5, ["eu-west-1"], Object.create(null), Symbol("eu-west-1")]
  for (const region of ["eu west 1", "", "-eu", "eu-west-1.example.com", "a".repeat(64), "eu/west", ...values]) {
    it.effect(`can't be in ${inspect(region)}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(AwsClients.inRegion(region))))
        assert.strictEqual(error._tag, "InvalidSetting")
        assert.deepEqual([error.setting, error.value], ["The region", shown(region)])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("end with their Layer, and with the one below", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const below = Context.get(yield* Scope.provide(Layer.build(InMemory.layer()), scope), AwsClients)
      const move = (clients: AwsClients["Service"]) =>
        Effect.map(Layer.build(there).pipe(Effect.provideService(AwsClients, clients)), Context.get(AwsClients))
      const own = yield* Scope.make()
      const ended = yield* Scope.provide(move(below), own)
      const above = yield* move(below)
      const higher = yield* move(above)
      yield* Scope.close(own, Exit.void)
      const send = (clients: AwsClients["Service"]) => Effect.provideService(identity, AwsClients, clients)
      for (const clients of [below, above, higher]) yield* send(clients)
      assert.strictEqual((yield* Effect.flip(send(ended))).code, "LayerReleased")
      yield* Scope.close(scope, Exit.void)
      for (const clients of [below, above, higher]) {
        assert.strictEqual((yield* Effect.flip(send(clients))).code, "LayerReleased")
      }
    }))
})

describe("the credentials of clients in another region", () => {
  /** Keys that last for an hour of Effect's clock, and how often they were fetched. */
  const fetched = () => {
    let count = 0
    const credentials = (now: () => number) => async (): Promise<AwsCredentialIdentity> => ({
      accessKeyId: `AKIA${++count}`,
      secretAccessKey: "secret",
      expiration: new Date(now() + 3_600_000)
    })
    return { credentials, count: () => count }
  }

  it.effect("are fetched once for all, also near their expiry and after it", () =>
    Effect.gen(function*() {
      const { count, credentials } = fetched()
      const clock = yield* Effect.clockWith(Effect.succeed)
      const base = AwsClients.layer({
        region: "us-east-1",
        credentials: credentials(() => clock.currentTimeMillisUnsafe())
      })
      yield* Effect.gen(function*() {
        const keys = (layers: ReadonlyArray<AwsClients["Service"]>) =>
          Effect.promise(() => Promise.all(layers.map(({ config }) => config.credentials().then((_) => _.accessKeyId))))
        const below = yield* AwsClients
        const above = yield* Effect.forEach(["eu-west-1", "eu-west-2"], (region) =>
          Effect.map(Layer.build(AwsClients.inRegion(region)), Context.get(AwsClients)))
        const all = [below, ...above]
        assert.deepEqual(yield* keys([...above, below]), ["AKIA1", "AKIA1", "AKIA1"])
        assert.strictEqual(count(), 1)
        // Five minutes before they expire, all use the old ones until the new ones are there.
        yield* TestClock.adjust("56 minutes")
        assert.deepEqual(yield* keys(all), ["AKIA1", "AKIA1", "AKIA1"])
        yield* until(
          "the new keys",
          Effect.sync(() =>
            count() === 2
          )
        )
        yield* until("their arrival", Effect.map(keys([below]), ([key]) => key === "AKIA2"))
        assert.deepEqual(yield* keys(all), ["AKIA2", "AKIA2", "AKIA2"])
        yield* TestClock.adjust("2 hours")
        assert.deepEqual(yield* keys(all), ["AKIA3", "AKIA3", "AKIA3"])
        assert.strictEqual(count(), 3)
      }).pipe(Effect.scoped, Effect.provide(base))
    }))

  it.effect("are shared with the time limit that the clients below have", () =>
    Effect.gen(function*() {
      const below = yield* AwsClients
      const above = yield* Effect.provide(AwsClients, there)
      assert.strictEqual(above.config.credentials, below.config.credentials)
      // Another limit is kept, by a provider of its own on top.
      const { config } = yield* AwsClients.make({ ...below.config, credentialsTimeout: "1 second" })
      assert.notStrictEqual(config.credentials, below.config.credentials)
    }).pipe(
      Effect.scoped,
      Effect.provide(AwsClients.layer({
        region: "us-east-1",
        credentialsTimeout: "5 minutes",
        credentials: { accessKeyId: "AKIA", secretAccessKey: Redacted.make("secret") }
      }))
    ))

  it.effect("are those of an assumed role, which is assumed once", () =>
    Effect.gen(function*() {
      const role = AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/audit", sessionName: "me" })
      yield* Effect.gen(function*() {
        const [here, elsewhere] = yield* Effect.all([Sts.environment, Effect.provide(Sts.environment, there)])
        assert.deepEqual([here.account, elsewhere.account], ["210987654321", "210987654321"])
        assert.deepEqual([here.region, elsewhere.region], ["us-east-1", "eu-west-1"])
        yield* TestClock.adjust("2 hours")
        yield* identity.pipe(Effect.provide(there))
        yield* identity
      }).pipe(Effect.provide(role))
      assert.lengthOf(yield* callsOf("AssumeRole"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  const keys = { AWS_ACCESS_KEY_ID: "AKIAENVIRONMENT", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "us-east-1" }
  const profile = "[dev]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n"
  const layers = {
    Default: { key: "AKIAENVIRONMENT", layer: (endpoint: string) => Default.layer({ endpoint, retry: Retry.none }) },
    Compute: { key: "AKIAENVIRONMENT", layer: (endpoint: string) => Compute.layer({ endpoint, retry: Retry.none }) },
    Profile: {
      key: "AKIAPROFILE",
      layer: (endpoint: string) => Profile.layer({ profile: "dev", region: "us-east-1", endpoint, retry: Retry.none })
    }
  }
  for (const [name, { key, layer }] of Object.entries(layers)) {
    it.live(`are those of ${name}, at the same endpoint`, () =>
      Effect.gen(function*() {
        const { calls, url } = yield* sts()
        yield* home({ credentials: profile }, name === "Profile" ? {} : keys)
        yield* Effect.gen(function*() {
          assert.strictEqual(yield* whoAmI, key)
          assert.strictEqual(yield* whoAmI.pipe(Effect.provide(there)), key)
          assert.strictEqual(yield* regionOf.pipe(Effect.provide(there)), "eu-west-1")
        }).pipe(Effect.provide(layer(url)))
        assert.lengthOf(calls, 2)
      }))
  }

  it.live("work on a served in-memory AWS", () =>
    Effect.gen(function*() {
      const { accessKeyId, secretAccessKey, url } = yield* InMemory.serve({ strict: true })
      const layer = AwsClients.layer({
        region: "us-east-1",
        endpoint: url,
        credentials: { accessKeyId, secretAccessKey: Redacted.make(secretAccessKey) }
      })
      yield* Effect.gen(function*() {
        yield* Ssm.putParameter({ name: "/where", value: "there" }).pipe(Effect.provide(there))
        assert.strictEqual((yield* Effect.flip(Ssm.getParameter("/where")))._tag, "ParameterDoesNotExist")
        assert.strictEqual((yield* Ssm.getParameter("/where").pipe(Effect.provide(there))).value, "there")
      }).pipe(Effect.provide(layer))
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))
})
