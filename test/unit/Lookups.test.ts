// Lookups that share calls: how many calls they make, and what each of them gets.
import {
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeInstancesCommand
} from "@aws-sdk/client-ec2"
import { HeadObjectCommand } from "@aws-sdk/client-s3"
import { GetParametersCommand, LabelParameterVersionCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import {
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  Redacted,
  Result,
  Schedule,
  Schema,
  Tracer
} from "effect"
import { AwsClients, AwsService, Ec2, InMemory, S3, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const together = { concurrency: "unbounded" } as const

const range = (length: number) => Array.from({ length }, (_, i) => i)

/** The inputs of the calls of an operation that have reached AWS. */
const inputsOf = <Input = any>(operation: string) =>
  Effect.map(
    InMemory.calls,
    (calls) => calls.filter((call) => call.operation === operation).map(({ input }) => input as Input)
  )

const countOf = (operation: string) => Effect.map(inputsOf(operation), (inputs) => inputs.length)

const put = (name: string, value = name, overwrite = false) => Ssm.putParameter({ name, value, overwrite })

const putMany = (count: number) => Effect.forEach(range(count), (i) => put(`/many/${i}`), { concurrency: 20 })

const noRetries = InMemory.layer({ retry: Schedule.recurs(0) })

const tagOf = Effect.match({
  onFailure: (error: { readonly _tag: string }) => error._tag,
  onSuccess: ({ value }: Ssm.Parameter) => String(value)
})

const instanceId = (i: number) => `i-${String(i).padStart(17, "0")}`

/** Answers DescribeInstances as if every id that ends in an even digit existed. */
const evenInstances = InMemory.handle(DescribeInstancesCommand, ({ Filters = [] }) =>
  Effect.succeed({
    Reservations: (Filters[0]?.Values ?? []).filter((id) => Number(id.at(-1)) % 2 === 0).map((InstanceId) => ({
      Instances: [{ InstanceId, KeyName: `key of ${InstanceId}` }]
    }))
  }))

describe("a thousand lookups at the same time", () => {
  it.effect("of parameters make a hundred calls, and each has its own result", () =>
    Effect.gen(function*() {
      yield* putMany(40)
      const results = yield* Effect.forEach(range(1_000), (i) => tagOf(Ssm.lookupParameter(`/many/${i}`)), together)
      assert.deepEqual(results, range(1_000).map((i) => i < 40 ? `/many/${i}` : "ParameterDoesNotExist"))
      const inputs = yield* inputsOf<{ readonly Names: ReadonlyArray<string> }>("GetParameters")
      assert.lengthOf(inputs, 100)
      for (const { Names } of inputs) assert.lengthOf(Names, 10)
      assert.strictEqual(yield* countOf("GetParameter"), 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of one parameter make one call", () =>
    Effect.gen(function*() {
      yield* put("/one")
      const results = yield* Effect.forEach(range(1_000), () => Ssm.lookupParameter("/one"), together)
      assert.lengthOf(results.filter(({ value }) => value === "/one"), 1_000)
      assert.deepEqual((yield* inputsOf("GetParameters")).map(({ Names }) => Names), [["/one"]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of twenty parameters make two calls, in whatever order they come", () =>
    Effect.gen(function*() {
      yield* putMany(20)
      const results = yield* Effect.forEach(range(1_000), (i) => Ssm.lookupParameter(`/many/${i % 20}`), together)
      assert.deepEqual(results.map(({ value }) => value), range(1_000).map((i) => `/many/${i % 20}`))
      assert.strictEqual(yield* countOf("GetParameters"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of instances make five calls, and each has its own result", () =>
    Effect.gen(function*() {
      yield* evenInstances
      const results = yield* Effect.forEach(
        range(1_000),
        (i) => Effect.result(Ec2.lookup("Instance", instanceId(i))),
        together
      )
      for (const [i, result] of results.entries()) {
        const id = instanceId(i)
        if (i % 2 === 0) assert.strictEqual(Result.getOrThrow(result).KeyName, `key of ${id}`)
        else {
          assert.deepEqual(
            Option.getOrUndefined(Result.getFailure(result)),
            new Ec2.ResourceDoesNotExist({ kind: "Instance", id })
          )
        }
      }
      const inputs = yield* inputsOf("DescribeInstances")
      assert.deepEqual(inputs.map(({ Filters }) => Filters[0].Values.length), [200, 200, 200, 200, 200])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of three objects make three calls", () =>
    Effect.gen(function*() {
      yield* S3.createBucket("lookups-0a1b")
      for (const body of ["1", "22"]) {
        yield* S3.putObject({ bucket: "lookups-0a1b", key: String(body.length), body })
      }
      const results = yield* Effect.forEach(
        range(1_000),
        (i) => Effect.result(S3.lookupObject("lookups-0a1b", String(1 + i % 3))),
        together
      )
      for (const [i, result] of results.entries()) {
        if (i % 3 < 2) assert.strictEqual(Result.getOrThrow(result).size, 1 + i % 3)
        else {
          assert.deepEqual(
            Option.getOrUndefined(Result.getFailure(result)),
            new S3.ObjectDoesNotExist({ bucket: "lookups-0a1b", key: "3" })
          )
        }
      }
      assert.strictEqual(yield* countOf("HeadObject"), 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("are collected although their fibers take turns", () =>
    Effect.gen(function*() {
      const later = (turns: number) => Effect.forEach(range(turns), () => Effect.yieldNow, { discard: true })
      yield* Effect.forEach(
        range(30),
        (i) => Effect.andThen(later(Math.floor(i / 3)), Effect.exit(Ssm.lookupParameter(`/none/${i}`))),
        together
      )
      // Three if every call is full, ten if each turn makes its own.
      assert.isAtMost(yield* countOf("GetParameters"), 4)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("make at most ten calls at a time", () =>
    Effect.gen(function*() {
      let [now, most] = [0, 0]
      yield* InMemory.handle(GetParametersCommand, ({ Names = [] }) =>
        Effect.gen(function*() {
          most = Math.max(most, ++now)
          yield* Effect.sleep("1 second")
          now--
          return { Parameters: [], InvalidParameters: Names }
        }))
      const fiber = yield* Effect.forkChild(
        Effect.forEach(range(1_000), (i) => Effect.exit(Ssm.lookupParameter(`/none/${i}`)), together)
      )
      yield* TestClock.adjust("20 seconds")
      assert.lengthOf((yield* Fiber.join(fiber)).filter(Exit.isFailure), 1_000)
      assert.strictEqual(most, 10)
    }).pipe(Effect.provide(InMemory.layer())))
})

const Names = Schema.Array(
  Schema.Literals([
    "/law/a",
    "/law/a:1",
    "/law/a:2",
    "/law/a:3",
    "/law/a:old",
    "/law/a:none",
    " /law/a",
    "law",
    "/law",
    "/law:1",
    "/law/secret",
    "/law/secret:1",
    "/law/none",
    "/law/none:1",
    "arn:aws:ssm:us-east-1:123456789012:parameter/law/a",
    "arn:aws:ssm:us-east-1:123456789012:parameter/law/a:1",
    "arn:aws:ssm:us-east-1:123456789012:parameter/law/none",
    "arn:aws:ssm:us-east-1:123456789012:parameter/law",
    "arn:aws:ssm:us-east-1:999999999999:parameter/law/a",
    "with space",
    "/law//a",
    "ssm-name"
  ])
).check(Schema.isMaxLength(40))

describe("a lookup of a parameter", () => {
  const outcome = <E>(effect: Effect.Effect<Ssm.Parameter, E, AwsClients>) =>
    Effect.match(effect, {
      onSuccess: ({ value, ...parameter }) => ({
        ...parameter,
        value: Redacted.isRedacted(value) ? { redacted: Redacted.value(value) } : value
      }),
      onFailure: (error: any) =>
        error._tag === "AwsError" ? [error.reason._tag, error.code] : { tag: error._tag, parameter: error.parameter }
    })

  it.effect.prop(
    "gets what getParameter alone gets, whatever is looked up with it",
    { names: Names, decrypt: Schema.Array(Schema.Boolean) },
    ({ decrypt, names }) =>
      Effect.gen(function*() {
        yield* put("/law/a", "one")
        yield* put("/law/a", "two", true)
        yield* Ssm.send(
          new LabelParameterVersionCommand({ Name: "/law/a", ParameterVersion: 1, Labels: ["old"] })
        )
        yield* put("law", "flat")
        yield* Ssm.putParameter({ name: "/law/secret", value: Redacted.make("hunter2") })
        const asked = names.map((name, i) => ({ name, decrypt: decrypt[i % Math.max(1, decrypt.length)] ?? true }))
        const alone = yield* Effect.forEach(asked, ({ decrypt, name }) => outcome(Ssm.getParameter(name, { decrypt })))
        const shared = yield* Effect.forEach(
          asked,
          ({ decrypt, name }) => outcome(Ssm.lookupParameter(name, { decrypt })),
          together
        )
        assert.deepEqual(shared, alone)
      }).pipe(Effect.provide(InMemory.layer())),
    { arbitrary: { runs: 60 } }
  )

  it.effect("doesn't share a call with one that doesn't decrypt", () =>
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/secret", value: Redacted.make("hunter2") })
      const [decrypted, encrypted] = yield* Effect.all([
        Ssm.lookupParameter("/secret"),
        Ssm.lookupParameter("/secret", { decrypt: false })
      ], together)
      assert.strictEqual(Redacted.value(decrypted.value as Redacted.Redacted<string>), "hunter2")
      assert.isString(encrypted.value)
      assert.strictEqual(yield* countOf("GetParameters"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails only if the failed call was its own", () =>
    Effect.gen(function*() {
      yield* putMany(30)
      yield* InMemory.inject({ operation: "GetParameters", nth: 2, fault: InMemory.serverFault })
      const results = yield* Effect.forEach(
        range(30),
        (i) => Effect.result(Ssm.lookupParameter(`/many/${i}`)),
        together
      )
      const failed = results.filter(Result.isFailure)
      assert.lengthOf(failed, 10)
      for (const { failure } of failed) {
        assert.strictEqual(failure._tag === "AwsError" ? failure.reason._tag : failure._tag, "ServerFault")
      }
      const [refused] = (yield* InMemory.calls).filter(({ outcome }) => outcome._tag === "Refused")
      assert.deepEqual(
        range(30).filter((i) => Result.isFailure(results[i]!)).map((i) => `/many/${i}`),
        (refused!.input as { readonly Names: Array<string> }).Names
      )
    }).pipe(Effect.provide(noRetries)))

  it.effect("is the only one to fail when it is denied to the caller", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParametersCommand, ({ Names = [] }) =>
        Names.includes("/denied")
          ? Effect.fail(InMemory.fault({ code: "AccessDeniedException", message: "no", statusCode: 400 }))
          : Effect.succeed({
            Parameters: Names.map((Name) => ({ Name, Type: "String" as const, Value: Name, Version: 1 })),
            InvalidParameters: []
          }))
      const names = [...range(12).map((i) => `/fine/${i}`), "/denied"]
      const results = yield* Effect.forEach(names, (name) => Effect.result(Ssm.lookupParameter(name)), together)
      assert.deepEqual(results.map(Result.isSuccess), names.map((name) => name !== "/denied"))
      const last = Option.getOrThrow(Result.getFailure(results.at(-1)!))
      assert.strictEqual(last._tag === "AwsError" ? last.reason._tag : last._tag, "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with Unreadable if the answer doesn't tell of it", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParametersCommand, () => Effect.succeed({ Parameters: [], InvalidParameters: [] }))
      const error = yield* Effect.flip(Ssm.lookupParameter("/a"))
      assert.strictEqual(error._tag === "AwsError" ? error.reason._tag : error._tag, "Unreadable")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes its own call after another one", () =>
    Effect.gen(function*() {
      yield* put("/state", "old")
      assert.strictEqual((yield* Ssm.lookupParameter("/state")).value, "old")
      yield* put("/state", "new", true)
      assert.strictEqual((yield* Ssm.lookupParameter("/state")).value, "new")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes its own call if AwsClients doesn't come from a Layer", () =>
    Effect.gen(function*() {
      yield* put("/a")
      yield* put("/b")
      const clients = AwsClients.of({ ...(yield* AwsClients) })
      const found = yield* Effect.forEach(["/a", "/b"], (name) => Ssm.lookupParameter(name), together).pipe(
        Effect.provideService(AwsClients, clients)
      )
      assert.deepEqual(found.map(({ value }) => value), ["/a", "/b"])
      assert.strictEqual(yield* countOf("GetParameters"), 2)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("lookups of two Layers", () => {
  it.effect("never share a call or an answer", () =>
    Effect.gen(function*() {
      const accounts = yield* Effect.forEach(
        ["111111111111", "222222222222"],
        (account) => Layer.build(InMemory.layer({ account }))
      )
      const inAll = <A, E>(run: (i: number) => Effect.Effect<A, E, AwsClients | InMemory>) =>
        Effect.forEach(accounts, (context, i) => Effect.provide(run(i), context), together)
      yield* inAll((i) => put("/whose", `account ${i}`))
      const lookups = yield* inAll(() => Effect.forEach(range(5), () => Ssm.lookupParameter("/whose"), together))
      assert.deepEqual(
        lookups.map((found) => [...new Set(found.map(({ value }) => value))]),
        [["account 0"], ["account 1"]]
      )
      const kept = yield* inAll(() => Ssm.cached("/whose", { ttl: "1 hour" }))
      assert.deepEqual(kept.map(({ value }) => value), ["account 0", "account 1"])
      assert.deepEqual(yield* inAll(() => countOf("GetParameters")), [2, 2])
    }))
})

describe("the interruption of a lookup", () => {
  const exists = (Name: string) => ({ Name, Type: "String" as const, Value: Name, Version: 1 })

  /** GetParameters that answers when it may, and says when this many calls wait for that. */
  const held = Effect.fnUntraced(function*(calls: number) {
    const reached = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<void>()
    const release = yield* Deferred.make<void>()
    const asked: Array<ReadonlyArray<string>> = []
    yield* InMemory.handle(GetParametersCommand, ({ Names = [] }) =>
      Effect.gen(function*() {
        asked.push(Names)
        if (asked.length === calls) yield* Deferred.succeed(reached, undefined)
        yield* Deferred.await(release)
        return { Parameters: Names.map(exists), InvalidParameters: [] }
      }).pipe(Effect.onInterrupt(() => Deferred.succeed(ended, undefined))))
    return { asked, reached: Deferred.await(reached), ended: Deferred.await(ended), release }
  })

  const forkLookups = (count: number) =>
    Effect.forEach(range(count), (i) => Effect.forkChild(Ssm.lookupParameter(`/many/${i}`)))

  it.effect("of one caller doesn't end the call of the others", () =>
    Effect.gen(function*() {
      const { asked, reached, release } = yield* held(1)
      const [first, second, third] = yield* forkLookups(3)
      yield* reached
      yield* Fiber.interrupt(first!)
      yield* Fiber.interrupt(third!)
      yield* Deferred.succeed(release, undefined)
      assert.strictEqual((yield* Fiber.join(second!)).value, "/many/1")
      assert.deepEqual(asked, [["/many/0", "/many/1", "/many/2"]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of all callers ends the call", () =>
    Effect.gen(function*() {
      const { asked, ended, reached, release } = yield* held(1)
      const fibers = yield* forkLookups(3)
      yield* reached
      yield* Fiber.interruptAll(fibers)
      yield* ended
      // Nothing of them is left behind.
      yield* Deferred.succeed(release, undefined)
      assert.strictEqual((yield* Ssm.lookupParameter("/many/0")).value, "/many/0")
      assert.lengthOf(asked, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("before the call makes no call", () =>
    Effect.gen(function*() {
      const { asked } = yield* held(1)
      const fibers = yield* forkLookups(3).pipe(Effect.provideService(AwsService.LookupWindow, "1 second"))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interruptAll(fibers)
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(asked, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("while a call waits for a free place leaves the id out of the call", () =>
    Effect.gen(function*() {
      const { asked, reached, release } = yield* held(10)
      const fibers = yield* forkLookups(120)
      yield* reached
      yield* Fiber.interruptAll([...fibers.slice(105, 110), ...fibers.slice(110)])
      yield* Deferred.succeed(release, undefined)
      const found = yield* Fiber.joinAll(fibers.slice(0, 105))
      assert.deepEqual(found.map(({ value }) => value), range(105).map((i) => `/many/${i}`))
      assert.deepEqual(asked.map((names) => names.length), [...range(10).map(() => 10), 5])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("AwsService.LookupWindow", () => {
  const apart = Effect.gen(function*() {
    yield* putMany(2)
    const first = yield* Effect.forkChild(Ssm.lookupParameter("/many/0"))
    yield* TestClock.adjust("3 millis")
    const second = yield* Effect.forkChild(Ssm.lookupParameter("/many/1"))
    yield* TestClock.adjust("2 millis")
    yield* Fiber.joinAll([first, second])
    return yield* countOf("GetParameters")
  })

  it.effect("collects lookups that come some time apart", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Effect.provideService(apart, AwsService.LookupWindow, "5 millis"), 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is zero by default, so that lookups wait for no Clock", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* apart, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't hold back a call that is full", () =>
    Effect.gen(function*() {
      yield* putMany(10)
      const found = yield* Effect.forEach(range(10), (i) => Ssm.lookupParameter(`/many/${i}`), together)
      assert.lengthOf(found, 10)
    }).pipe(Effect.provideService(AwsService.LookupWindow, "1 hour"), Effect.provide(InMemory.layer())))
})

describe("the span of a shared call", () => {
  const recorder = () => {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return { spans, tracer }
  }

  it.effect("has no more links than OpenTelemetry keeps, and counts all callers", () =>
    Effect.gen(function*() {
      yield* putMany(1)
      const { spans, tracer } = recorder()
      yield* Effect.withTracer(Effect.forEach(range(150), () => Ssm.lookupParameter("/many/0"), together), tracer)
      const shared = spans.find(({ name }) => name === "Ssm.lookupParameters")
      assert.lengthOf(shared!.links, 128)
      assert.strictEqual(shared!.attributes.get("aws.lookup.callers"), 150)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("links to all whom the call serves, and counts them", () =>
    Effect.gen(function*() {
      yield* putMany(2)
      const { spans, tracer } = recorder()
      yield* Effect.withTracer(
        Effect.forEach([0, 1, 1], (i) => Ssm.lookupParameter(`/many/${i}`), together),
        tracer
      )
      const named = (name: string) => spans.filter((span) => span.name === name)
      const [shared, ...more] = named("Ssm.lookupParameters")
      assert.lengthOf(more, 0)
      assert.deepEqual(Object.fromEntries(shared!.attributes), { "aws.lookup.callers": 3, "aws.lookup.ids": 2 })
      assert.deepEqual(shared!.links.map(({ span }) => span.spanId), named("Ssm.lookupParameter").map((s) => s.spanId))
      const [call] = named("SSM.GetParameters")
      const parent = Option.getOrUndefined(call!.parent)
      assert.strictEqual(parent?.spanId, shared!.spanId)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has at most 128 links, which is what OpenTelemetry keeps", () =>
    Effect.gen(function*() {
      yield* putMany(1)
      const links: Array<number> = []
      const tracer = Tracer.make({
        span: (options) => {
          if (options.name === "Ssm.lookupParameters") links.push(options.links.length)
          return new Tracer.NativeSpan(options)
        }
      })
      yield* Effect.withTracer(Effect.forEach(range(500), () => Ssm.lookupParameter("/many/0"), together), tracer)
      assert.deepEqual(links, [128])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a lookup of EC2", () => {
  it.effect("finds every resource on several pages", () =>
    Effect.gen(function*() {
      const ids = yield* Effect.forEach(range(12), () =>
        Effect.map(
          Ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1, VolumeType: "gp3" })),
          ({ VolumeId = "" }) => VolumeId
        ))
      const volumes = yield* Effect.forEach(ids, (id) => Ec2.lookup("Volume", id), together)
      assert.deepEqual(volumes.map(({ VolumeId }) => VolumeId), ids)
      assert.strictEqual(yield* countOf("DescribeVolumes"), 3)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 5 }))))

  it.effect("finds an attachment of a transit gateway, which can be attached to after some minutes", () =>
    Effect.gen(function*() {
      const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
      const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.0.0/24" }))
      const { TransitGateway } = yield* Ec2.send(new CreateTransitGatewayCommand({}))
      yield* TestClock.adjust("1 hour")
      const { TransitGatewayVpcAttachment } = yield* Ec2.send(
        new CreateTransitGatewayVpcAttachmentCommand({
          TransitGatewayId: TransitGateway?.TransitGatewayId,
          VpcId: Vpc?.VpcId,
          SubnetIds: [Subnet?.SubnetId ?? ""]
        })
      )
      const { ResourceId } = yield* Ec2.lookup(
        "TransitGatewayAttachment",
        TransitGatewayVpcAttachment?.TransitGatewayAttachmentId ?? ""
      )
      assert.strictEqual(ResourceId, Vpc?.VpcId)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("never sends an id that is too long for a filter, which would fail the lookups of its call", () =>
    Effect.gen(function*() {
      yield* evenInstances
      const [wrong, right] = [`i-${"0".repeat(254)}`, instanceId(2)]
      const [error, found] = yield* Effect.all(
        [Effect.flip(Ec2.lookup("Instance", wrong)), Ec2.lookup("Instance", right)],
        together
      )
      assert.deepEqual(error, new Ec2.ResourceDoesNotExist({ kind: "Instance", id: wrong }))
      assert.strictEqual(found.KeyName, `key of ${right}`)
      assert.deepEqual((yield* inputsOf("DescribeInstances")).map(({ Filters }) => Filters[0].Values), [[right]])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("never sends an id that a filter would take for a pattern", () =>
    Effect.gen(function*() {
      for (const id of ["*", "i-*", "i-0?", "", "i-\\*", "i 0", " i-0"]) {
        assert.deepEqual(
          yield* Effect.flip(Ec2.lookup("Instance", id)),
          new Ec2.ResourceDoesNotExist({ kind: "Instance", id })
        )
      }
      assert.deepEqual(yield* InMemory.calls, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with the AwsError of its own call only", () =>
    Effect.gen(function*() {
      yield* evenInstances
      yield* InMemory.inject({ operation: "DescribeInstances", nth: 1, fault: InMemory.serverFault })
      const results = yield* Effect.forEach(
        range(400),
        (i) => Effect.result(Ec2.lookup("Instance", instanceId(2 * i))),
        together
      )
      assert.lengthOf(results.filter(Result.isSuccess), 200)
      for (const { failure } of results.filter(Result.isFailure)) assert.strictEqual(failure._tag, "AwsError")
    }).pipe(Effect.provide(noRetries)))

  it.effect("shares no call with lookups of another kind", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(
        ["Vpc", "Subnet"] as const,
        (kind) => Effect.flip(Ec2.lookup(kind, "x-0123456789abcdef0")),
        together
      )
      assert.deepEqual((yield* InMemory.calls).map(({ operation }) => operation).sort(), [
        "DescribeSubnets",
        "DescribeVpcs"
      ])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a lookup of an object", () => {
  const bucket = "lookups-0a1b"

  it.effect("shares a call only with those that have the same options", () =>
    Effect.gen(function*() {
      const asked: Array<S3.ReadOptions> = []
      yield* InMemory.handle(HeadObjectCommand, ({ IfMatch, SSECustomerKey, VersionId }) =>
        Effect.sync(() => {
          asked.push({ ifMatch: IfMatch, versionId: VersionId })
          return { ContentLength: SSECustomerKey?.length ?? 0 }
        }))
      const key = (byte: number) => Redacted.make(new Uint8Array(32).fill(byte))
      const options: ReadonlyArray<S3.ReadOptions | undefined> = [
        undefined,
        {},
        { ifMatch: "a" },
        { versionId: "a" },
        { ifMatch: "a" },
        { customerKey: key(1) },
        { customerKey: key(1) },
        { customerKey: key(2) }
      ]
      yield* Effect.forEach(options, (options) => S3.lookupObject(bucket, "k", options), together)
      assert.lengthOf(asked, 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("never tells of an object as it was before", () =>
    Effect.gen(function*() {
      yield* S3.createBucket(bucket)
      yield* S3.putObject({ bucket, key: "k", body: "old" })
      yield* InMemory.inject({ operation: "HeadObject", times: 1, fault: InMemory.delay("10 seconds") })
      const early = yield* Effect.forkChild(S3.lookupObject(bucket, "k"))
      yield* TestClock.adjust("1 second")
      yield* S3.putObject({ bucket, key: "k", body: "newer" })
      assert.strictEqual((yield* S3.lookupObject(bucket, "k")).size, 5)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(early)).size, 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails as headObject does", () =>
    Effect.gen(function*() {
      yield* S3.createBucket(bucket)
      yield* S3.putObject({ bucket, key: "k", body: "x" })
      const failures: ReadonlyArray<readonly [string, S3.ReadOptions | undefined]> = [
        ["none", undefined],
        ["k", { ifMatch: "\"other\"" }],
        ["k", { customerKey: Redacted.make(new Uint8Array(3)) }]
      ]
      for (const [key, options] of failures) {
        assert.deepEqual(
          JSON.stringify(yield* Effect.flip(S3.lookupObject(bucket, key, options))).replaceAll(
            /"requestId":"[^"]*",?/g,
            ""
          ),
          JSON.stringify(yield* Effect.flip(S3.headObject(bucket, key, options))).replaceAll(
            /"requestId":"[^"]*",?/g,
            ""
          )
        )
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a cached parameter", () => {
  const state = Ssm.cached("/state", { ttl: "1 minute" })

  it.effect("is read once in its time, however many fibers ask", () =>
    Effect.gen(function*() {
      yield* put("/state", "old")
      const all = Effect.forEach(range(100), () => Effect.map(state, ({ value }) => value), together)
      assert.deepEqual([...new Set(yield* all)], ["old"])
      yield* put("/state", "new", true)
      yield* TestClock.adjust("59 seconds")
      assert.deepEqual([...new Set(yield* all)], ["old"])
      assert.strictEqual(yield* countOf("GetParameters"), 1)
      yield* TestClock.adjust("1 second")
      assert.deepEqual([...new Set(yield* all)], ["new"])
      assert.strictEqual(yield* countOf("GetParameters"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is kept from when it was read, not from when it was asked for", () =>
    Effect.gen(function*() {
      yield* put("/state")
      yield* InMemory.inject({ operation: "GetParameters", times: 1, fault: InMemory.delay("30 seconds") })
      const first = yield* Effect.forkChild(state)
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(first)
      yield* TestClock.adjust("59 seconds")
      yield* state
      assert.strictEqual(yield* countOf("GetParameters"), 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't kept if it can't be read, and no old value stands in for it", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* tagOf(state), "ParameterDoesNotExist")
      yield* put("/state", "there")
      assert.strictEqual(yield* tagOf(state), "there")
      yield* TestClock.adjust("1 minute")
      yield* InMemory.inject({ operation: "GetParameters", times: 1, fault: InMemory.serverFault })
      assert.strictEqual(yield* tagOf(state), "AwsError")
      assert.strictEqual(yield* tagOf(state), "there")
    }).pipe(Effect.provide(noRetries)))

  it.effect("is kept Redacted, and apart from its ciphertext", () =>
    Effect.gen(function*() {
      yield* Ssm.putParameter({ name: "/state", value: Redacted.make("hunter2") })
      for (let run = 0; run < 2; run++) {
        const { value } = yield* state
        assert.isTrue(Redacted.isRedacted(value))
        assert.strictEqual(Redacted.value(value as Redacted.Redacted<string>), "hunter2")
        assert.isString((yield* Ssm.cached("/state", { ttl: "1 minute", decrypt: false })).value)
      }
      assert.strictEqual(yield* countOf("GetParameters"), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is kept for each time apart, and shared if the options are the same", () =>
    Effect.gen(function*() {
      yield* put("/state", "old")
      const [minute, hour] = [Ssm.cached("/state", { ttl: "60 seconds" }), Ssm.cached("/state", { ttl: "1 hour" })]
      yield* state
      yield* minute
      yield* hour
      assert.strictEqual(yield* countOf("GetParameters"), 2)
      yield* put("/state", "new", true)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* minute).value, "new")
      assert.strictEqual((yield* hour).value, "old")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is kept as long as the Layer for an infinite time", () =>
    Effect.gen(function*() {
      yield* put("/state")
      for (const ttl of ["Infinity", Infinity, Duration.infinity] as const) {
        yield* Ssm.cached("/state", { ttl })
        yield* TestClock.adjust("400 days")
      }
      assert.strictEqual(yield* countOf("GetParameters"), 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with a reason of Misconfigured, and without a call, for a time that isn't one", () =>
    Effect.gen(function*() {
      for (const ttl of [0, -1, NaN, "-5 seconds", "soon" as any, Duration.seconds(-1), -Infinity]) {
        const error = yield* Effect.flip(Ssm.cached("/state", { ttl }))
        assert.strictEqual(error._tag === "AwsError" && error.reason._tag, "Misconfigured", String(ttl))
        assert.match(error.message, /InvalidTtl.*`ttl` is .*Pass a duration above 0/)
      }
      assert.strictEqual(yield* countOf("GetParameters"), 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't lost to the others when the first who asked is interrupted", () =>
    Effect.gen(function*() {
      yield* put("/state")
      yield* InMemory.inject({ operation: "GetParameters", times: 1, fault: InMemory.delay("10 seconds") })
      const first = yield* Effect.forkChild(state)
      const second = yield* Effect.forkChild(state)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* Fiber.join(second)).value, "/state")
      assert.strictEqual(yield* countOf("GetParameters"), 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is dropped when a thousand others were asked for since", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParametersCommand, ({ Names = [] }) =>
        Effect.succeed({
          Parameters: Names.map((Name) => ({ Name, Type: "String" as const, Value: "x", Version: 1 })),
          InvalidParameters: []
        }))
      const get = (i: number) => Ssm.cached(`/dynamic/${i}`, { ttl: "1 day" })
      yield* Effect.forEach(range(1_000), get, together)
      yield* get(0)
      assert.strictEqual(yield* countOf("GetParameters"), 100)
      yield* get(1_000)
      yield* get(0)
      assert.strictEqual(yield* countOf("GetParameters"), 101)
      yield* get(1)
      assert.strictEqual(yield* countOf("GetParameters"), 102)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is read together with those that expire at the same time", () =>
    Effect.gen(function*() {
      yield* putMany(20)
      const all = Effect.forEach(range(20), (i) => Ssm.cached(`/many/${i}`, { ttl: "1 minute" }), together)
      yield* all
      yield* TestClock.adjust("1 minute")
      yield* all
      assert.strictEqual(yield* countOf("GetParameters"), 4)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("Ssm.getParameters", () => {
  const [first, last] = ["/many/0", "/many/24"]

  it.effect("reads ten in a call, each once, and returns them in the order of the names", () =>
    Effect.gen(function*() {
      yield* putMany(25)
      const names = range(25).map((i) => `/many/${24 - i}`)
      const found = yield* Ssm.getParameters([...names, first, last])
      assert.deepEqual([...found].map(([name, { value }]) => [name, value]), names.map((name) => [name, name]))
      const inputs = yield* inputsOf<{ readonly Names: ReadonlyArray<string> }>("GetParameters")
      assert.deepEqual(inputs.map(({ Names }) => Names.length), [10, 10, 5])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes no call for no names", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Ssm.getParameters(new Set())).size, 0)
      assert.deepEqual(yield* InMemory.calls, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes four calls at a time, or as many as it may", () =>
    Effect.gen(function*() {
      for (const [concurrency, expected] of [[undefined, 4], [1, 1], ["unbounded", 6]] as const) {
        let [now, most] = [0, 0]
        yield* InMemory.handle(GetParametersCommand, ({ Names = [] }) =>
          Effect.gen(function*() {
            most = Math.max(most, ++now)
            yield* Effect.sleep("1 second")
            now--
            return {
              Parameters: Names.map((Name) => ({ Name, Type: "String" as const, Value: "x", Version: 1 })),
              InvalidParameters: []
            }
          }))
        const fiber = yield* Effect.forkChild(Ssm.getParameters(range(60).map((i) => `/p/${i}`), { concurrency }))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        assert.strictEqual(most, expected)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with what is missing, what is refused by its name, and what was found", () =>
    Effect.gen(function*() {
      yield* putMany(25)
      const names = [...range(25).map((i) => `/many/${i}`), "/none/1", "with space", "/none/2", "a//b"]
      const error = yield* Effect.flip(Ssm.getParameters(names))
      assert.strictEqual(error._tag, "ParametersDoNotExist")
      if (error._tag !== "ParametersDoNotExist") return
      assert.deepEqual(error.missing, ["/none/1", "/none/2"])
      assert.deepEqual(error.refused.map(({ cause, name }) => [name, cause.code]), [
        ["with space", "ValidationException"],
        ["a//b", "ValidationException"]
      ])
      assert.deepEqual([...error.found.keys()], names.slice(0, 25))
      for (const part of ["/none/1", "\"with space\"", "29"]) assert.include(error.message, part)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with the AwsError of a call, without a call for each half, if no name is at fault", () =>
    Effect.gen(function*() {
      yield* putMany(10)
      for (
        const [fault, tag] of [
          [InMemory.serverFault, "ServerFault"],
          [InMemory.fault({ code: "AccessDeniedException", message: "no", statusCode: 400 }), "AccessDenied"],
          [InMemory.fault({ code: "InvalidKeyId", message: "no", statusCode: 400 }), "Rejected"]
        ] as const
      ) {
        const before = yield* countOf("GetParameters")
        yield* InMemory.inject({ operation: "GetParameters", nth: 1, fault })
        const error = yield* Effect.flip(Ssm.getParameters(range(10).map((i) => `/many/${i}`)))
        assert.strictEqual(error._tag === "AwsError" ? error.reason._tag : error._tag, tag)
        assert.strictEqual((yield* countOf("GetParameters")) - before, 1)
      }
    }).pipe(Effect.provide(noRetries)))
})
