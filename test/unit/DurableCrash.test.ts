// The test of a crash that docs/durable.md shows, which has the code between the lines. `documentation.test.ts` compares the two.
import { CreateVpcCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Schema } from "effect"
import { type Aspect, AwsError, Ec2, Fleet, InMemory, Ssm } from "effect-aws-sdk"
import { Activity, Workflow, WorkflowEngine } from "effect/workflow"

const CreateNetwork = Workflow.make("CreateNetwork", {
  payload: { run: Schema.String, account: Schema.String, region: Schema.String },
  idempotencyKey: ({ account, region, run }) => `${run}/${account}/${region}`,
  error: Schema.Union([
    AwsError,
    Ssm.ParameterAlreadyExists,
    Ssm.ParameterPatternMismatch,
    Fleet.AssumeRoleFailed,
    Fleet.InvalidTarget
  ])
})

const find = (run: string) =>
  Effect.map(
    Ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "tag:run", Values: [run] }] })),
    ({ Vpcs = [] }) => Vpcs.map(({ VpcId = "" }) => VpcId)
  )

const create = (run: string) =>
  Ec2.send(
    new CreateVpcCommand({
      CidrBlock: "10.0.0.0/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "run", Value: run }] }]
    })
  ).pipe(Effect.map(({ Vpc }) => Vpc?.VpcId ?? ""))

const workflow = CreateNetwork.toLayer(Effect.fnUntraced(function*({ run, ...place }) {
  const { errorSchema: error } = CreateNetwork
  const vpcId = yield* Activity.make({
    name: "create the VPC",
    success: Schema.String,
    error,
    // A process that died may have created it.
    execute: Effect.gen(function*() {
      const [found] = yield* find(run)
      return found ?? (yield* create(run))
    }).pipe(Effect.provide(Fleet.clients(place)))
  })
  yield* Activity.make({
    name: "store its id",
    error,
    execute: Effect.asVoid(Ssm.putParameter({ name: "/network", value: vpcId, overwrite: true })).pipe(
      Effect.provide(Fleet.clients(place))
    )
  })
}))

const place = { account: "111122223333", region: "eu-west-1" }

/** A new process: its engine has no executions yet, and its fleet no sessions. */
const newProcess = Effect.provide(
  CreateNetwork.execute({ run: "north", ...place }),
  workflow.pipe(
    Layer.provideMerge(WorkflowEngine.layerMemory),
    Layer.provideMerge(Fleet.layer({ role: "fleet", sessionName: "fleet" }))
  ),
  { local: true } // builds the Layers anew each time
)

/** An aspect that counts calls. In the nth one, it stops before or after AWS acts, and says so. */
const makeCrash = (nth: number, when: "before" | "after") => {
  const reached = Deferred.makeUnsafe<void>()
  const stop = Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
  let count = 0
  const aspect: Aspect.Aspect = (send) => (call) =>
    ++count !== nth ? send(call) : when === "before" ? stop : Effect.andThen(send(call), stop)
  return { aspect, reached: Deferred.await(reached) }
}

/** What AWS has: how many networks, and whether the parameter names the first. */
const state = Effect.gen(function*() {
  const vpcIds = yield* find("north")
  const { value } = yield* Ssm.getParameter("/network")
  return { networks: vpcIds.length, isStored: value === vpcIds[0] }
}).pipe(Effect.provide(
  Fleet.clients(place).pipe(
    Layer.provide(Fleet.layer({ role: "fleet", sessionName: "fleet" }))
  )
))

it.effect("ends the same, whichever call the process dies in", () =>
  Effect.gen(function*() {
    const { count, expected } = yield* Effect.gen(function*() {
      yield* newProcess
      const { length: count } = yield* InMemory.calls
      return { expected: yield* state, count }
    }).pipe(Effect.provide(InMemory.layer(), { local: true }))
    assert.deepEqual(expected, { networks: 1, isStored: true })

    for (let nth = 1; nth <= count; nth++) {
      for (const when of ["before", "after"] as const) {
        const { aspect, reached } = makeCrash(nth, when)
        const found = yield* Effect.gen(function*() {
          // The first process is interrupted in that call. If it ends by itself, nothing was tested.
          const winner = yield* Effect.race(Effect.as(newProcess, "ended"), Effect.as(reached, "died"))
          assert.strictEqual(winner, "died")
          // Another one begins again.
          yield* newProcess
          return yield* state
        }).pipe(Effect.provide(InMemory.layer({ aspects: [aspect] }), { local: true }))
        assert.deepEqual(found, expected, `${when} call ${nth}`)
      }
    }
  }))
