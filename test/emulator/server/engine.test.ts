// A world of the engine behind the server, by the SDK's clients and the control API.
import {
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  EC2Client,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { adjustable } from "../../../emulator/engine/clock.ts"
import * as Engine from "../../../emulator/engine/world.ts"
import { serve } from "../../../emulator/server/server.ts"
import { worldOf } from "../../../emulator/server/world.ts"
import { services } from "../../../emulator/services.ts"
import { get } from "./stub.ts"

const emulator = Effect.gen(function*() {
  const engine = Engine.make({
    account: "123456789012",
    region: "us-east-1",
    pageSize: undefined,
    seed: 1,
    services,
    journal: 100,
    speed: 1
  })
  const clock = adjustable(yield* Clock.clockWith(Effect.succeed))
  const { url } = yield* serve(worldOf(engine, services, { anyKey: true, anyTime: true }, clock))
  const control = (method: string, path: string, body?: object) =>
    get(`${url}/_emulator/${path}`, { method, body: body === undefined ? null : JSON.stringify(body) }).pipe(
      Effect.flatMap((response) =>
        Effect.promise(async () => response.status === 204 ? {} : await response.json() as Record<string, any>)
      )
    )
  const options = (accessKeyId = "test") => ({
    endpoint: url,
    region: "eu-central-1",
    credentials: { accessKeyId, secretAccessKey: "test" }
  })
  return { url, control, options }
})

const send = <A>(call: () => Promise<A>) => Effect.promise(call)

describe("a served world", () => {
  it.live("keeps the state of each account and region apart", () =>
    Effect.gen(function*() {
      const { options } = yield* emulator
      const put = (client: SSMClient) =>
        send(() => client.send(new PutParameterCommand({ Name: "/p", Value: "v", Type: "String" })))
      yield* put(new SSMClient(options()))
      yield* put(new SSMClient(options("111111111111")))
      yield* put(new SSMClient({ ...options(), region: "us-west-2" }))
      const again = yield* Effect.flip(Effect.tryPromise(() =>
        new SSMClient(options()).send(new PutParameterCommand({ Name: "/p", Value: "v", Type: "String" }))
      ))
      assert.strictEqual((again.cause as Error).name, "ParameterAlreadyExists")
    }))

  it.live("accepts the keys that AssumeRole has issued, and rejects them with a wrong secret", () =>
    Effect.gen(function*() {
      const { options } = yield* emulator
      const sts = new STSClient(options())
      const { Credentials } = yield* send(() =>
        sts.send(new AssumeRoleCommand({ RoleArn: "arn:aws:iam::222222222222:role/r", RoleSessionName: "test" }))
      )
      const identity = (secretAccessKey: string) =>
        send(() =>
          new STSClient({
            ...options(),
            credentials: {
              accessKeyId: Credentials!.AccessKeyId!,
              secretAccessKey,
              sessionToken: Credentials!.SessionToken!
            }
          }).send(new GetCallerIdentityCommand({})).then(({ Arn }) => Arn, (error: Error) => error.name)
        )
      assert.strictEqual(
        yield* identity(Credentials!.SecretAccessKey!),
        "arn:aws:sts::222222222222:assumed-role/r/test"
      )
      assert.strictEqual(yield* identity("wrong"), "SignatureDoesNotMatch")
    }))

  it.live("throttles calls as the control API says, and lists them", () =>
    Effect.gen(function*() {
      const { control, options } = yield* emulator
      yield* control("POST", "inject", { service: "SSM", operation: "GetParameter", times: 1, fault: "throttled" })
      const client = new SSMClient({ ...options(), maxAttempts: 1 })
      const names = []
      for (const _ of [1, 2]) {
        names.push(
          yield* send(() => client.send(new GetParameterCommand({ Name: "/p" })).catch((error: Error) => error.name))
        )
      }
      assert.deepEqual(names, ["ThrottlingException", "ParameterNotFound"])
      const { calls } = yield* control("GET", "calls?service=SSM&limit=1")
      assert.deepInclude(calls[0], {
        operation: "GetParameter",
        account: "123456789012",
        region: "eu-central-1",
        input: { Name: "/p" }
      })
      assert.deepInclude(calls[0].outcome, { _tag: "Refused", code: "ParameterNotFound" })
    }))

  it.live("lists the faults with the calls that they matched, and removes them without a change to the state", () =>
    Effect.gen(function*() {
      const { control, options } = yield* emulator
      const client = new SSMClient({ ...options(), maxAttempts: 1 })
      yield* send(() => client.send(new PutParameterCommand({ Name: "/p", Value: "v", Type: "String" })))
      const get = send(() =>
        client.send(new GetParameterCommand({ Name: "/p" })).then(() => "answered", (error: Error) => error.name)
      )
      yield* control("POST", "inject", { operation: "GetParameter", fault: { code: "Not.Now", message: "later" } })
      assert.strictEqual(yield* get, "Not.Now")
      assert.deepEqual(yield* control("GET", "inject"), {
        injections: [{ operation: "GetParameter", fault: { code: "Not.Now", message: "later" }, seen: 1 }]
      })
      yield* control("DELETE", "inject")
      assert.deepEqual(yield* control("GET", "inject"), { injections: [] })
      assert.strictEqual(yield* get, "answered")
      const refusal = { code: "Not.Here", message: "elsewhere" }
      yield* control("POST", "inject", { account: "111111111111", region: "eu-central-1", fault: refusal })
      yield* control("POST", "inject", { account: "123456789012", region: "eu-west-1", fault: refusal })
      assert.strictEqual(yield* get, "answered")
      yield* control("POST", "inject", { account: "123456789012", region: "eu-central-1", fault: refusal })
      assert.strictEqual(yield* get, "Not.Here")
    }))

  it.live("delays a call by the world's clock, which the control API moves", () =>
    Effect.gen(function*() {
      const { control, options } = yield* emulator
      const time = Effect.map(control("GET", "clock"), ({ time }) => Date.parse(time))
      const before = yield* time
      yield* control("POST", "inject", { operation: "GetCallerIdentity", fault: { delay: 3_600_000 } })
      const sent = new STSClient(options()).send(new GetCallerIdentityCommand({}))
      // The call may not have come to its delay yet, so the clock is moved until it has.
      const answered = yield* Effect.raceFirst(
        Effect.promise(() => sent),
        Effect.forever(control("POST", "clock", { advance: "1 hour" }))
      )
      assert.strictEqual(answered.Account, "123456789012")
      assert.isAtLeast((yield* time) - before, 3_600_000)
    }))

  it.live("changes the state of its resources as its clock advances", () =>
    Effect.gen(function*() {
      const { control, options } = yield* emulator
      const ec2 = new EC2Client(options())
      const { Images } = yield* send(() => ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] })))
      const { Instances } = yield* send(() =>
        ec2.send(new RunInstancesCommand({ ImageId: Images![0]!.ImageId, MinCount: 1, MaxCount: 1 }))
      )
      const state = send(() => ec2.send(new DescribeInstancesCommand({ InstanceIds: [Instances![0]!.InstanceId!] })))
        .pipe(
          Effect.map(({ Reservations }) => Reservations![0]!.Instances![0]!.State!.Name)
        )
      assert.strictEqual(yield* state, "pending")
      yield* control("POST", "clock", { advance: "1 hour" })
      assert.strictEqual(yield* state, "running")
    }))

  it.live("is empty again after a reset", () =>
    Effect.gen(function*() {
      const { control, options } = yield* emulator
      const ec2 = new EC2Client(options())
      const vpcs = Effect.map(
        send(() => ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "cidr", Values: ["10.9.0.0/16"] }] }))),
        ({ Vpcs = [] }) => Vpcs.length
      )
      yield* send(() => ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" })))
      assert.strictEqual(yield* vpcs, 1)
      yield* control("POST", "reset")
      assert.strictEqual(yield* vpcs, 0)
    }))

  it.live("answers 501 to operations without a handler, and to unknown services", () =>
    Effect.gen(function*() {
      const { url } = yield* emulator
      const body = (service: string, action: string) =>
        Effect.flatMap(
          get(url, {
            method: "POST",
            headers: {
              authorization: `AWS4-HMAC-SHA256 Credential=test/20300101/us-east-1/${service}/aws4_request, ` +
                `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
              "x-amz-date": "20300101T000000Z",
              "content-type": "application/x-www-form-urlencoded"
            },
            body: `Action=${action}&Version=2010-05-08`
          }),
          (response) => Effect.promise(async () => `${response.status} ${await response.text()}`)
        )
      assert.match(
        yield* body("iam", "GenerateServiceLastAccessedDetails"),
        /^501 .*no handler for IAM GenerateServiceLastAccessedDetails/s
      )
      assert.match(yield* body("mars", "Land"), /^501 .*no service with the name &quot;mars&quot;/s)
    }))
})

describe("a malformed request", () => {
  it.live("gets AWS's error for percent-encoding that can't be decoded", () =>
    Effect.gen(function*() {
      const { url } = yield* emulator
      for (const path of ["/bucket/key?prefix=%zz", "/bucket/%zz"]) {
        const response = yield* get(url + path)
        assert.strictEqual(response.status, 400)
        assert.include(yield* Effect.promise(() => response.text()), "<Code>InvalidURI</Code>")
      }
    }))
})
