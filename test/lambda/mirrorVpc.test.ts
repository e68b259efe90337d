// The handlers of examples/mirror-vpc as Lambda functions: bundled as README says (and one of them with the flags for functions), under
// AWS's own runtime client, and on a served in-memory AWS with two accounts.
import type { PutMetricDataCommandInput } from "@aws-sdk/client-cloudwatch"
import { DescribeTrafficMirrorSessionsCommand } from "@aws-sdk/client-ec2"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, type Scope, Stream } from "effect"
import { arkime, type AwsClients, Ec2, EventBridge, InMemory, Ssm } from "effect-aws-sdk"
import * as Accounts from "../../examples/mirror-vpc/Accounts.ts"
import { putRules } from "../../examples/mirror-vpc/Functions.ts"
import { EniRecord, names, VpcRecord } from "../../examples/mirror-vpc/Records.ts"
import * as World from "../../examples/mirror-vpc/World.ts"
import { computeFlags, metadataFlag } from "../support/bundling.ts"
import { bundled } from "../support/lambda/bundles.ts"
import * as Functions from "../support/lambda/functions.ts"

const vpcAccount = "111111111111"
const clusterAccount = "222222222222"

/** The bundle of each function. */
class Bundles
  extends Context.Service<Bundles, { readonly create: string; readonly destroy: string }>()("test/Bundles")
{
  static readonly layer = Layer.effect(
    Bundles,
    Effect.all({
      create: bundled("examples/mirror-vpc/lambda/createEniMirror.ts", `${computeFlags} ${metadataFlag}`),
      destroy: bundled("examples/mirror-vpc/lambda/destroyEniMirror.ts")
    }, { concurrency: 2 })
  )
}

/** Both accounts, as this process sees them. */
const accounts = Accounts.layer({ clusterRole: World.clusterRole }).pipe(
  Layer.provideMerge(InMemory.layer({ account: vpcAccount, region: "us-east-2" }))
)

type Accounts_ = Accounts.VpcAccount | Accounts.ClusterAccount | AwsClients | InMemory

const onAws = <A, E>(test: Effect.Effect<A, E, Accounts_ | Bundles | Scope.Scope>) => Effect.provide(test, accounts)

/** Puts an event on the cluster's bus, and returns what the function answers that its rule invokes. */
const invoked = (
  { busArn, ...functions }: {
    readonly busArn: string
    readonly arns: Effect.Success<ReturnType<typeof putRules>>
    readonly createEniMirror: Functions.LambdaFunction
    readonly destroyEniMirror: Functions.LambdaFunction
  }
) =>
(event: EventBridge.Event, options?: Parameters<Functions.LambdaFunction["invoke"]>[1]) =>
  Effect.scoped(Effect.gen(function*() {
    const answers: Array<Functions.Answer> = []
    for (const name of ["createEniMirror", "destroyEniMirror"] as const) {
      yield* InMemory.onDelivery(
        functions.arns[name],
        (input) => Effect.map(functions[name].invoke(input, options), (answer) => void answers.push(answer))
      )
    }
    yield* Accounts.inClusterAccount(EventBridge.putEvents([event], { eventBus: busArn }))
    yield* InMemory.settled
    const [answer, ...others] = answers
    assert.isEmpty(others)
    return answer ?? assert.fail("No function was invoked.")
  }))

/** A VPC with records of it in the cluster's account, and both functions. */
const setUp = Effect.fnUntraced(function*(options: Partial<Functions.Options> = {}) {
  const { cluster: clusterName, vpcId } = yield* World.setUp
  const { busArn, mirrorFilterId, mirrorVni } = yield* Accounts.inClusterAccount(
    Ssm.getParameterJson(names.vpc(clusterName, vpcId), VpcRecord)
  )
  const enis = yield* Accounts.inVpcAccount(
    Ec2.listSubnetsOfVpc(vpcId).pipe(Stream.flatMap(Ec2.listEnisOfSubnet), Stream.runCollect)
  )
  const before = yield* sessions
  const eni = enis.find(({ eniId, eniType }) => eniType === "interface" && !before.includes(eniId))!
  const { eniId, eniType, subnetId } = eni
  const common = { clusterName, vpcId, subnetId, eniId }
  const { url } = yield* InMemory.serve()
  const bundles = yield* Bundles
  const functionIn = (folder: string) =>
    Functions.make({
      folder,
      handler: "index.handler",
      timeout: 20_000,
      ...options,
      variables: {
        AWS_ENDPOINT_URL: url,
        AWS_REGION: "us-east-2",
        AWS_ACCESS_KEY_ID: vpcAccount,
        CLUSTER_ROLE: World.clusterRole,
        ...options.variables
      }
    })
  const arns = yield* putRules({ cluster: clusterName, vpcId })
  const createEniMirror = yield* functionIn(bundles.create)
  const destroyEniMirror = yield* functionIn(bundles.destroy)
  return {
    invoked: invoked({ busArn, arns, createEniMirror, destroyEniMirror }),
    eniId,
    vpcId,
    clusterName,
    record: names.eni(clusterName, vpcId, subnetId, eniId),
    create: new arkime.CreateEniMirrorEvent({ ...common, eniType, trafficFilterId: mirrorFilterId, vni: mirrorVni }),
    destroy: new arkime.DestroyEniMirrorEvent(common),
    createEniMirror,
    destroyEniMirror
  }
})

/** The interfaces that are mirrored. */
const sessions = Accounts.inVpcAccount(
  Ec2.items(new DescribeTrafficMirrorSessionsCommand({}), (page) => page.TrafficMirrorSessions).pipe(
    Stream.map(({ NetworkInterfaceId = "" }) => NetworkInterfaceId),
    Stream.runCollect
  )
)

/** The outcomes that the cluster's account counted, by the type of event. */
const counted = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.flatMap(({ account, input, operation, outcome }) =>
      operation === "PutMetricData" && account === clusterAccount && outcome._tag === "Answered"
        ? ((input as PutMetricDataCommandInput).MetricData ?? []).flatMap(({ Dimensions = [], MetricName, Value }) =>
          Value === 1 ? [`${Dimensions.find(({ Name }) => Name === "EventType")?.Value} ${MetricName}`] : []
        )
        : []
    )
)

/** What was called in each account since the functions have served. */
const writes = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.filter(({ operation }) =>
      /^(Create|Delete)TrafficMirrorSession|^(Put|Delete)Parameter|^PutMetricData/.test(operation)
    )
      .map(({ account, operation }) => `${operation} ${account}`)
)

const withoutSecrets = Effect.fnUntraced(
  function*(answers: ReadonlyArray<Functions.Answer>, ...functions: ReadonlyArray<Functions.LambdaFunction>) {
    const logs = yield* Effect.forEach(functions, ({ log }) => log)
    assert.notMatch(JSON.stringify([answers, logs]), /planted-(secret|token)/)
  }
)

const errorOf = ({ payload }: Functions.Answer) =>
  payload as { readonly errorType: string; readonly errorMessage: string }

layer(Bundles.layer, { timeout: 60_000, excludeTestServices: true })("mirror-vpc on Lambda", (it) => {
  it.effect("mirrors the interface that an event names, once, and undoes it", () =>
    onAws(Effect.gen(function*() {
      const { create, createEniMirror, destroy, destroyEniMirror, eniId, invoked, record } = yield* setUp()
      const [was, before] = [yield* sessions, (yield* writes).length]

      const first = yield* invoked(create)
      assert.isUndefined(first.functionError, JSON.stringify(first.payload))
      assert.deepInclude(first.payload, { outcome: "Success" })
      assert.sameMembers(yield* sessions, [...was, eniId])
      const kept = yield* Accounts.inClusterAccount(Ssm.getParameterJson(record, EniRecord))
      assert.strictEqual(kept.eniId, eniId)
      assert.deepEqual(yield* counted, ["CreateEniMirror Success"])
      assert.deepEqual((yield* writes).slice(before), [
        `CreateTrafficMirrorSession ${vpcAccount}`,
        `PutParameter ${clusterAccount}`,
        `PutMetricData ${clusterAccount}`
      ])

      // EventBridge delivers at least once.
      const second = yield* invoked(create)
      assert.deepInclude(second.payload, { outcome: "AbortedExists" })
      assert.sameMembers(yield* sessions, [...was, eniId])
      assert.strictEqual(yield* createEniMirror.environments, 1)

      const gone = yield* invoked(destroy)
      assert.deepInclude(gone.payload, { outcome: "Success" })
      assert.sameMembers(yield* sessions, was)
      const lost = yield* Effect.flip(Accounts.inClusterAccount(Ssm.getParameter(record)))
      assert.strictEqual(lost._tag, "ParameterDoesNotExist")
      assert.deepEqual(yield* counted, [
        "CreateEniMirror Success",
        "CreateEniMirror AbortedExists",
        "DestroyEniMirror Success"
      ])
      yield* withoutSecrets([first, second, gone], createEniMirror, destroyEniMirror)
    })))

  it.effect("assumes the cluster's role once for all invocations of an environment", () =>
    onAws(Effect.gen(function*() {
      const { create, invoked } = yield* setUp()
      const assumed = Effect.map(
        InMemory.calls,
        (calls) => calls.filter(({ operation }) => operation === "AssumeRole").length
      )
      const before = yield* assumed
      for (let i = 0; i < 3; i++) {
        yield* invoked(create)
      }
      assert.strictEqual(yield* assumed, before + 1)
    })))

  it.effect("refuses an event that isn't one of its own, and says which", () =>
    onAws(Effect.gen(function*() {
      const { createEniMirror } = yield* setUp()
      const answer = yield* createEniMirror.invoke({ source: "arkime", "detail-type": "DestroyEniMirror", detail: {} })
      assert.strictEqual(answer.functionError, "Unhandled")
      assert.strictEqual(errorOf(answer).errorType, "EventNotDecodable")
      assert.include(errorOf(answer).errorMessage, "DestroyEniMirror")
      assert.isEmpty(yield* counted)
    })))

  it.effect("says what AWS refused, leaves nothing behind, and counts the failure", () =>
    onAws(Effect.gen(function*() {
      const { create, createEniMirror, invoked } = yield* setUp()
      const was = yield* sessions
      yield* InMemory.inject({
        operation: "PutParameter",
        times: 1,
        fault: InMemory.fault({ code: "AccessDeniedException", message: "not you", statusCode: 403 })
      })
      const answer = yield* invoked(create)
      assert.strictEqual(answer.functionError, "Unhandled")
      assert.strictEqual(errorOf(answer).errorType, "AccessDeniedException")
      assert.include(errorOf(answer).errorMessage, "PutParameter")
      assert.sameMembers(yield* sessions, was)
      assert.deepEqual(yield* counted, ["CreateEniMirror Failure"])
      yield* withoutSecrets([answer], createEniMirror)
      assert.deepInclude((yield* invoked(create)).payload, { outcome: "Success" })
      assert.strictEqual(yield* createEniMirror.environments, 1)
    })))

  it.effect("is interrupted before its deadline, and undoes what it had begun", () =>
    onAws(Effect.gen(function*() {
      const { create, createEniMirror, invoked } = yield* setUp({ timeout: 5000 })
      const was = yield* sessions
      yield* createEniMirror.invoke({})
      yield* InMemory.inject({ operation: "PutParameter", times: 1, fault: InMemory.delay("1 hour", "before") })
      const answer = yield* invoked(create, { requestId: "slow" })
      assert.strictEqual(errorOf(answer).errorType, "DeadlineExceeded")
      assert.isBelow(answer.took, 5000)
      assert.sameMembers(yield* sessions, was)
      assert.strictEqual(yield* createEniMirror.environments, 1)
    })))

  it.effect("says which role it can't assume", () =>
    onAws(Effect.gen(function*() {
      const { create, createEniMirror, invoked } = yield* setUp()
      yield* InMemory.inject({
        operation: "AssumeRole",
        times: 1,
        fault: InMemory.fault({ code: "AccessDenied", message: "not you", statusCode: 403 })
      })
      const answer = yield* invoked(create)
      assert.strictEqual(errorOf(answer).errorType, "AssumeRoleFailed")
      assert.include(errorOf(answer).errorMessage, World.clusterRole)
      yield* withoutSecrets([answer], createEniMirror)
      // The next invocation builds the Layer again.
      assert.deepInclude((yield* invoked(create)).payload, { outcome: "Success" })
    })))
})
