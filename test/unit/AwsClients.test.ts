import { S3Client } from "@aws-sdk/client-s3"
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm"
import { STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import type { AwsCredentialIdentityProvider, Pluggable } from "@smithy/types"
import { Config, ConfigProvider, Duration, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import { AwsClients, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import type { Socket } from "node:net"
import { inspect } from "node:util"
import { credentials, serve } from "../support/Server.ts"
import { tenServices, tenTimes } from "../support/tenServices.ts"

const get = Ssm.send(new DescribeParametersCommand({}))

/** A plugin that answers every call, and the keys that signed the calls. */
const signerPlugin = () => {
  const signers: Array<string> = []
  const plugin: Pluggable<any, any> = {
    applyToStack: (stack) =>
      stack.add(() => async ({ request }) => {
        const { authorization } = (request as { readonly headers: Record<string, string> }).headers
        signers.push(/Credential=([^/]+)/.exec(authorization ?? "")?.[1] ?? "nobody")
        return { response: {}, output: { $metadata: {} } }
      }, { step: "deserialize", priority: "high" })
  }
  return { signers, plugin }
}

/** A provider that counts its calls: the nth identity has the key `AKIA<n>` and lasts an hour on the test clock. */
const countingProvider = Effect.gen(function*() {
  const clock = yield* TestClock.testClockWith(Effect.succeed)
  const asked: Array<"given" | "refused" | "hung"> = []
  const { promise: hung, resolve: onHang } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const state = { refuse: false, hang: false, hung, release }
  const provider: AwsCredentialIdentityProvider = async () => {
    asked.push(state.refuse ? "refused" : state.hang ? "hung" : "given")
    if (state.refuse) throw new Error("the vault is sealed")
    if (state.hang) {
      onHang()
      await released
    }
    return {
      accessKeyId: `AKIA${asked.length}`,
      secretAccessKey: "planted-secret",
      expiration: new Date(clock.currentTimeMillisUnsafe() + 3_600_000)
    }
  }
  return { asked, state, provider }
})

const clients = (options: Partial<AwsClients.Options>) =>
  AwsClients.layer({ region: "eu-central-1", credentials, ...options })

describe("clients", () => {
  it.effect("creates one client per class and Layer, with the Layer's configuration", () =>
    Effect.gen(function*() {
      const layer = clients({ endpoint: "http://127.0.0.1:9", clientOptions: { forcePathStyle: true } })
      const [one, two] = yield* Effect.all([AwsClients.get(S3Client), AwsClients.get(S3Client)]).pipe(
        Effect.provide(layer)
      )
      assert.strictEqual(one, two)
      assert.strictEqual(yield* Effect.promise(() => one.config.region()), "eu-central-1")
      assert.isTrue(one.config.forcePathStyle)
      const [s3, sts] = yield* Effect.all([AwsClients.get(S3Client), AwsClients.get(STSClient)]).pipe(
        Effect.provide(clients({}))
      )
      assert.notStrictEqual(s3, one)
      assert.strictEqual(s3.config.requestHandler, sts.config.requestHandler as unknown)
    }))

  it.live("keeps connections alive until the Layer is closed", () =>
    Effect.gen(function*() {
      const { server, url } = yield* serve((_, response) => {
        response.writeHead(200).end("{}")
      })
      const open = new Set<Socket>()
      const closed = new Promise<void>((resolve) =>
        server.on("connection", (socket: Socket) => open.add(socket.on("close", () => resolve())))
      )
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(clients({ endpoint: url }), scope)
      yield* Effect.provide(Effect.andThen(get, get), context)
      assert.strictEqual(open.size, 1)
      assert.isFalse([...open][0]!.destroyed)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.promise(() => closed)
    }))

  it.effect("doesn't destroy a request handler that the caller supplied", () =>
    Effect.gen(function*() {
      let destroyed = 0
      const requestHandler = {
        metadata: { handlerProtocol: "http/1.1" },
        destroy: () => destroyed++,
        handle: () => Promise.reject(new Error("never"))
      }
      const used = yield* AwsClients.get(SSMClient).pipe(Effect.provide(clients({ requestHandler })))
      assert.strictEqual(used.config.requestHandler, requestHandler as unknown)
      assert.strictEqual(destroyed, 0)
    }))
})

describe("credentials", () => {
  it.effect("asks for credentials once for a hundred concurrent calls of ten services", () =>
    Effect.gen(function*() {
      const { asked, provider } = yield* countingProvider
      const { plugin, signers } = signerPlugin()
      yield* Effect.provide(tenTimes(tenServices), clients({ credentials: provider, plugins: [plugin] }))
      assert.lengthOf(asked, 1)
      assert.deepEqual([signers.length, ...new Set(signers)], [100, "AKIA1"])
    }))

  it.effect("refreshes credentials once, five minutes before they expire", () =>
    Effect.gen(function*() {
      const { asked, provider } = yield* countingProvider
      const { plugin, signers } = signerPlugin()
      yield* Effect.gen(function*() {
        yield* get
        yield* TestClock.adjust("54 minutes")
        yield* get
        assert.lengthOf(asked, 1)
        yield* TestClock.adjust("2 minutes")
        yield* get
        yield* tenTimes(tenServices)
        assert.lengthOf(asked, 2)
        assert.deepEqual([...new Set(signers.slice(3))], ["AKIA2"])
      }).pipe(Effect.provide(clients({ credentials: provider, plugins: [plugin] })))
    }))

  it.effect("uses credentials until they expire when a refresh fails, then tries again", () =>
    Effect.gen(function*() {
      const { asked, provider, state } = yield* countingProvider
      const { plugin, signers } = signerPlugin()
      yield* Effect.gen(function*() {
        yield* get
        state.refuse = true
        yield* TestClock.adjust("57 minutes")
        yield* get
        assert.include(asked, "refused")
        assert.deepEqual(signers, ["AKIA1", "AKIA1"])
        yield* TestClock.adjust("4 minutes")
        const error = yield* Effect.flip(get)
        assert.strictEqual(error.reason._tag, "CredentialsUnavailable")
        state.refuse = false
        yield* get
        assert.strictEqual(signers.at(-1), `AKIA${asked.length}`)
      }).pipe(Effect.provide(clients({ credentials: provider, plugins: [plugin] })))
    }))

  it.effect("shares one provider failure among all waiting calls, and asks again at the next call", () =>
    Effect.gen(function*() {
      const { asked, provider, state } = yield* countingProvider
      const { plugin, signers } = signerPlugin()
      yield* Effect.gen(function*() {
        state.refuse = true
        const { config } = yield* AwsClients
        const waiting = Array.from({ length: 10 }, () => config.credentials())
        const settled = yield* Effect.promise(() => Promise.allSettled(waiting))
        assert.deepEqual([...new Set(settled.map(({ status }) => status))], ["rejected"])
        assert.deepEqual(asked, ["refused"])
        const { message, reason } = yield* Effect.flip(get)
        assert.strictEqual(reason._tag, "CredentialsUnavailable")
        assert.include(message, "the vault is sealed")
        state.refuse = false
        yield* get
        assert.deepEqual(signers, [`AKIA${asked.length}`])
        assert.deepEqual(asked, ["refused", "refused", "given"])
      }).pipe(Effect.provide(clients({ credentials: provider, plugins: [plugin] })))
    }))

  it.effect("signs with the current credentials while a refresh ahead of their expiry hangs", () =>
    Effect.gen(function*() {
      const { asked, provider, state } = yield* countingProvider
      const { plugin, signers } = signerPlugin()
      yield* Effect.gen(function*() {
        yield* get
        state.hang = true
        yield* TestClock.adjust("56 minutes")
        // No call waits for the refresh, so none needs the clock to move.
        yield* tenTimes(tenServices)
        assert.deepEqual(asked, ["given", "hung"])
        assert.deepEqual([...new Set(signers)], ["AKIA1"])
        // It's given up after a minute. The next one comes a minute after that.
        yield* TestClock.adjust("1 minute")
        yield* get
        assert.deepEqual(asked, ["given", "hung"])
        yield* TestClock.adjust("1 minute")
        yield* get
        assert.deepEqual(asked, ["given", "hung", "hung"])
        state.hang = false
        yield* TestClock.adjust("1 minute")
        yield* TestClock.adjust("1 minute")
        yield* get
        yield* get
        assert.deepEqual(asked, ["given", "hung", "hung", "given"])
        assert.strictEqual(signers.at(-1), "AKIA4")
      }).pipe(Effect.provide(clients({ credentials: provider, plugins: [plugin] })))
    }))

  for (
    const [when, before, credentialsTimeout] of [
      ["the first", "0 seconds", "1 minute"],
      ["expired ones are to be replaced", "61 minutes", "1 minute"],
      ["the Layer has a limit of its own", "0 seconds", "5 minutes"]
    ] as const
  ) {
    it.effect(`fails a call that waits for hung credentials when the time limit is over: ${when}`, () =>
      Effect.gen(function*() {
        const { provider, state } = yield* countingProvider
        const { plugin, signers } = signerPlugin()
        yield* Effect.gen(function*() {
          if (before !== "0 seconds") yield* get
          yield* TestClock.adjust(before)
          state.hang = true
          const waiting = yield* Effect.forkChild(Effect.timed(Effect.flip(get)))
          yield* TestClock.adjust("1 hour")
          const [took, error] = yield* Fiber.join(waiting)
          assert.strictEqual(Duration.format(took), Duration.format(Duration.fromInputUnsafe(credentialsTimeout)))
          assert.strictEqual(error.reason._tag, "CredentialsUnavailable")
          assert.isTrue(error.isRetryable)
          assert.isFalse(error.mayHaveSucceeded)
          for (const part of ["gave none within", "credentialsTimeout"]) assert.include(error.message, part)
          state.hang = false
          yield* get
          assert.isNotEmpty(signers)
        }).pipe(
          Effect.provide(
            clients({
              credentials: provider,
              plugins: [plugin],
              ...(credentialsTimeout !== "1 minute" && { credentialsTimeout })
            })
          )
        )
      }))
  }

  it.effect("leaves a refresh to the other calls when one that waits for it is interrupted", () =>
    Effect.gen(function*() {
      const { asked, provider, state } = yield* countingProvider
      const { plugin, signers } = signerPlugin()
      yield* Effect.gen(function*() {
        state.hang = true
        const first = yield* Effect.forkChild(get)
        const others = yield* Effect.forkChild(Effect.all([get, get, get], { concurrency: "unbounded" }))
        yield* Effect.promise(() => state.hung)
        yield* Fiber.interrupt(first)
        state.release()
        yield* Fiber.join(others)
        assert.deepEqual(asked, ["hung"])
        assert.deepEqual([...new Set(signers)], ["AKIA1"])
      }).pipe(Effect.provide(clients({ credentials: provider, plugins: [plugin] })))
    }))

  it.live("fails the calls that wait for credentials when the Layer closes", () =>
    Effect.gen(function*() {
      const { provider, state } = yield* countingProvider
      state.hang = true
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(clients({ credentials: provider }), scope)
      const waiting = yield* Effect.forkChild(Effect.flip(Effect.provide(get, context)))
      yield* Effect.promise(() => state.hung)
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(waiting)
      assert.strictEqual(error.reason._tag, "CredentialsUnavailable")
      assert.isFalse(error.isRetryable)
      assert.include(error.message, "closed")
    }))

  for (
    const [what, value] of [["nothing", undefined], ["an object without keys", {}], ["a key without a secret", {
      accessKeyId: "AKIA"
    }]] as const
  ) {
    it.effect(`fails the call when the provider gives ${what}`, () =>
      Effect.gen(function*() {
        const { message, reason } = yield* Effect.flip(get)
        assert.strictEqual(reason._tag, "CredentialsUnavailable")
        assert.include(message, "gave no access keys")
      }).pipe(Effect.provide(clients({ credentials: async () => value as never }))))
  }

  it.effect("fails the call when the provider gives an expiration that isn't a date", () =>
    Effect.gen(function*() {
      const { message, reason } = yield* Effect.flip(get)
      assert.strictEqual(reason._tag, "CredentialsUnavailable")
      assert.include(message, "the expiration of the credentials is not a date")
    }).pipe(
      Effect.provide(clients({
        credentials: async () => ({ accessKeyId: "AKIA", secretAccessKey: "planted", expiration: new Date("soon") })
      }))
    ))

  it.live("hides credentials when the clients or their configuration are printed", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) => {
        response.writeHead(200).end("{}")
      })
      const secrets = { secret: "planted-secret-key", token: "planted-session-token" }
      const printed = yield* Effect.gen(function*() {
        yield* get
        const service = yield* AwsClients
        const all = [service, service.config, service.get(SSMClient), yield* Effect.context<AwsClients>()]
        return [
          JSON.stringify(service),
          ...all.flatMap((value) => [
            inspect(value),
            inspect(value, { depth: Infinity, showHidden: true }),
            stringify(value)
          ])
        ]
      }).pipe(Effect.provide(clients({
        endpoint: url,
        credentials: {
          accessKeyId: "AKIATEST",
          secretAccessKey: Redacted.make(secrets.secret),
          sessionToken: Redacted.make(secrets.token)
        }
      })))
      for (const print of printed) {
        for (const secret of Object.values(secrets)) assert.notInclude(print, secret)
      }
    }))
})

// JSON.stringify without cycles: agents and sockets refer to each other.
const stringify = (value: unknown): string => {
  const seen = new Set<unknown>()
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null) return inner
    if (seen.has(inner)) return undefined
    seen.add(inner)
    return inner
  })
}

describe("the region", () => {
  it.effect("fails the call when the region is empty, and names the ways to set one", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(get)
      assert.strictEqual(error.reason._tag, "Misconfigured")
      for (const way of ["`region` option", "AWS_REGION", "profile's `region`"]) assert.include(error.message, way)
    }).pipe(Effect.provide(clients({ region: "" }))))

  it.effect("fails the Layer when the region is malformed, and shows it", () =>
    Effect.gen(function*() {
      for (const region of ["eu central", " ", "-eu", "eu/central", "<html>"]) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(clients({ region }))))
        assert.deepEqual([error._tag, error.value], ["InvalidSetting", region])
        assert.include(error.message, "The `region` option is")
      }
    }))
})

describe("the access keys", () => {
  const secret = "planted-secret"
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: Redacted.make(secret) }

  const wrong: ReadonlyArray<readonly [title: string, credentials: unknown]> = [
    ["nothing", undefined],
    ["null", null],
    ["a text", secret],
    ["an empty object", {}],
    ["an empty id", { ...keys, accessKeyId: "" }],
    ["a redacted id", { ...keys, accessKeyId: Redacted.make(secret) }],
    ["no secret", { accessKeyId: "AKIDEXAMPLE" }],
    ["a secret as text", { ...keys, secretAccessKey: secret }],
    ["an empty secret", { ...keys, secretAccessKey: Redacted.make("") }],
    ["a token as text", { ...keys, sessionToken: secret }],
    ["a token that is null", { ...keys, sessionToken: null }]
  ]

  it.effect.each(wrong)(
    "fail the Layer, without the secret in the error: %s",
    ([, credentials]) =>
      Effect.gen(function*() {
        const layer = clients({ credentials: credentials as AwsClients.AccessKeys })
        const error = yield* Effect.flip(Effect.scoped(Layer.build(layer)))
        assert.strictEqual(error._tag, "InvalidSetting")
        assert.match(error.message, /^The `credentials` option is .+ It has to be a provider, or access keys/)
        assert.notInclude(inspect(error) + JSON.stringify(error), secret)
      })
  )

  it.effect("may have a token that is empty, as that of a variable that is set to nothing", () =>
    Effect.scoped(Layer.build(clients({ credentials: { ...keys, sessionToken: Redacted.make("") } }))))
})

describe("layerConfig", () => {
  const layer = AwsClients.layerConfig({
    region: Config.String("REGION"),
    credentials: { accessKeyId: Config.String("KEY_ID"), secretAccessKey: Config.Redacted("KEY_SECRET") },
    endpoint: Config.String("ENDPOINT")
  })
  const values = { REGION: "eu-west-1", KEY_ID: "AKIACONFIG", KEY_SECRET: "planted-secret" }
  const from = (env: object) => Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(env))

  it.live("creates clients from Config", () =>
    Effect.gen(function*() {
      const signers: Array<string | undefined> = []
      const { url } = yield* serve((request, response) => {
        signers.push(
          /Credential=([^/]+)\/\d+\/([^/]+)/.exec(request.headers.authorization ?? "")?.slice(1).join(" in ")
        )
        response.writeHead(200).end("{}")
      })
      yield* get.pipe(Effect.provide(layer), from({ ...values, ENDPOINT: url }))
      assert.deepEqual(signers, ["AKIACONFIG in eu-west-1"])
    }))

  it.effect("fails with a ConfigError that names the missing setting when the Layer is built", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(layer))).pipe(from(values))
      assert.strictEqual(error._tag, "ConfigError")
      assert.include(error.message, "ENDPOINT")
      assert.notInclude(error.message, "planted-secret")
    }))
})
