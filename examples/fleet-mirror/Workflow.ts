// The main job over a fleet, as a workflow: it mirrors every interface of each VPC that is set up for a cluster, or undoes it.
import { DescribeTrafficMirrorSessionsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { Effect, Layer, Result, Schema, Stream } from "effect"
import { arkime, AwsClients, Ec2, EventBridge, Fleet, Ssm } from "effect-aws-sdk"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import { Activity, Workflow } from "effect/workflow"
import {
  bounded,
  done,
  enter,
  entry,
  fields,
  item,
  placeOf,
  refused,
  step,
  Unavailable,
  unchanged
} from "../fleet/Place.ts"
import { ClusterAccount, inClusterAccount, inVpcAccount, VpcAccount } from "../mirror-vpc/Accounts.ts"
import { names, VpcRecord } from "../mirror-vpc/Records.ts"
import * as Steps from "../mirror-vpc/Steps.ts"

/**
 * Mirrors the interfaces of an account and region to a cluster, or undoes it. Its result is the place's entry of the report.
 * It fails only if nothing could be done there.
 */
export const MirrorPlace = Workflow.make("MirrorPlace", {
  payload: {
    ...fields,
    cluster: Schema.String,
    /** The account that keeps the cluster's records, if it's not the place's own. */
    clusterAccount: Schema.optionalKey(Schema.String),
    undo: Schema.Boolean
  },
  idempotencyKey: ({ account, cluster, region, run, undo }) =>
    `${run}/${account}/${region}/${cluster}${undo ? "/undo" : ""}`,
  success: FleetReport.Entry,
  error: Unavailable
})

type Payload = typeof MirrorPlace.payloadSchema.Type

/** The clients of the cluster's account in the region of the place. */
const clusterOf = ({ clusterAccount, ...place }: Payload) =>
  clusterAccount === undefined ? placeOf(place) : { account: clusterAccount, region: place.region }

/** Gives a step the two accounts of the main job. */
const inAccounts = (place: Payload) =>
  Effect.provide(Layer.mergeAll(
    Layer.effect(VpcAccount, AwsClients),
    Layer.effect(ClusterAccount, AwsClients).pipe(Layer.provide(Fleet.clients(clusterOf(place))))
  ))

/** The most interfaces of a VPC. The results of activities are stored, so they are bounded. */
export const most = 500

/** A VPC has more interfaces than one execution mirrors. */
export class TooManyInterfaces extends Schema.TaggedError<TooManyInterfaces>()("TooManyInterfaces", {
  vpcId: Schema.String,
  most: Schema.Int
}) {
  override get message(): string {
    return `${this.vpcId} has more than ${this.most} interfaces. Nothing was done in it: a run of this size isn't supported.`
  }
}

const Vpc = Schema.Struct({ vpcId: Schema.String, record: VpcRecord })
type Vpc = typeof Vpc.Type

const Interface = Schema.Struct({
  eniId: Schema.String,
  eniType: Schema.String,
  subnetId: Schema.String,
  state: Schema.Union([
    /** It has a session and a record. */
    Schema.Struct({ _tag: Schema.tag("Mirrored") }),
    /** It has a session, but a program ended before it had written the record. */
    Schema.Struct({ _tag: Schema.tag("Unrecorded"), sessionId: Schema.String }),
    Schema.Struct({ _tag: Schema.tag("New"), mirrorTargetId: Schema.String }),
    /** The record of its subnet is missing, or can't be read. */
    Schema.Struct({ _tag: Schema.tag("NoTarget"), why: Schema.String })
  ])
})
type Interface = typeof Interface.Type

/** The VPCs of the place that are set up for the cluster. */
const findVpcs = Effect.fnUntraced(function*({ cluster }: Payload) {
  const recorded = yield* inClusterAccount(
    Stream.runCollect(Ssm.listParameterNamesByPath(names.vpcs(cluster)))
  )
  // The records may be those of other accounts too, which the cluster also has.
  const own = yield* inVpcAccount(
    Ec2.items(new DescribeVpcsCommand({ MaxResults: 1000 }), (page) => page.Vpcs).pipe(
      Stream.map(({ VpcId = "" }) => VpcId),
      Stream.filter((vpcId) => recorded.includes(vpcId)),
      Stream.runCollect
    )
  )
  return yield* Effect.forEach([...own].sort(), (vpcId) =>
    Effect.map(
      inClusterAccount(Ssm.getParameterJson(names.vpc(cluster, vpcId), VpcRecord)),
      (record): Vpc => ({ vpcId, record })
    ))
})

/** The interfaces of the VPC, and what is to be done with each. */
const findInterfaces = Effect.fnUntraced(function*({ cluster }: Payload, { record, vpcId }: Vpc) {
  const enis = yield* inVpcAccount(
    Ec2.listSubnetsOfVpc(vpcId).pipe(
      Stream.flatMap(Ec2.listEnisOfSubnet),
      Stream.take(most + 1),
      Stream.runCollect
    )
  )
  if (enis.length > most) return yield* new TooManyInterfaces({ vpcId, most })
  const recorded = yield* inClusterAccount(recordedIn(cluster, vpcId))
  const sessions = yield* inVpcAccount(
    Ec2.items(
      new DescribeTrafficMirrorSessionsCommand({
        Filters: [{ Name: "traffic-mirror-filter-id", Values: [record.mirrorFilterId] }]
      }),
      (page) => page.TrafficMirrorSessions
    ).pipe(
      Stream.map((session) => [session.NetworkInterfaceId, session.TrafficMirrorSessionId] as const),
      Stream.runCollect,
      Effect.map((sessions) => new Map(sessions))
    )
  )
  const subnets = new Map<string, Result.Result<string, string>>()
  for (const { subnetId } of enis) {
    if (subnets.has(subnetId)) continue
    const target = yield* Steps.subnetRecord(names.subnet(cluster, vpcId, subnetId)).pipe(
      Effect.map(({ mirrorTargetId }) => Result.succeed(mirrorTargetId)),
      Effect.catchTag(
        ["ParameterDoesNotExist", "ParameterNotDecodable"],
        (error) => Effect.succeed(Result.fail(bounded(error.message)))
      )
    )
    subnets.set(subnetId, target)
  }
  return enis.map(({ eniId, eniType, subnetId }): Interface => {
    const sessionId = sessions.get(eniId)
    const target = subnets.get(subnetId)!
    const state: Interface["state"] = recorded.some((eni) => eni.eniId === eniId)
      ? { _tag: "Mirrored" }
      : sessionId !== undefined
      ? { _tag: "Unrecorded", sessionId }
      : Result.isSuccess(target)
      ? { _tag: "New", mirrorTargetId: target.success }
      : { _tag: "NoTarget", why: target.failure }
    return { eniId, eniType, subnetId, state }
  })
})

/** The interfaces that have a record. */
const recordedIn = (cluster: string, vpcId: string) =>
  Ssm.listParametersByPath(names.vpc(cluster, vpcId), { recursive: true, decrypt: false }).pipe(
    Stream.map(({ name }) => names.eniOf(cluster, vpcId, name)),
    Stream.filter((eni) => eni !== undefined),
    Stream.runCollect
  )

/** Creates the session and its record, or neither. */
const mirrorInterface = Effect.fnUntraced(
  function*(place: Payload, { record, vpcId }: Vpc, { eniId, eniType, state, subnetId }: Interface) {
    const name = names.eni(place.cluster, vpcId, subnetId, eniId)
    // The same for every attempt of this execution, on any runner. All that goes into the call comes from the payload or
    // from results that are stored: with other parameters, AWS would refuse the token.
    const clientToken = yield* Activity.idempotencyKey(`mirror ${eniId}`)
    const create = (mirrorTargetId: string) =>
      step(place, {
        name: `mirror ${eniId}`,
        success: Schema.String,
        error: Ec2.NonMirrorableEniType,
        execute: Steps.createSession({
          eni: new Ec2.NetworkInterface({ vpcId, subnetId, eniId, eniType }),
          trafficTarget: mirrorTargetId,
          trafficFilter: record.mirrorFilterId,
          vpcId,
          virtualNetwork: record.mirrorVni,
          clientToken
        }).pipe(inAccounts(place))
      })
    if (state._tag !== "New" && state._tag !== "Unrecorded") return
    const trafficSessionId = state._tag === "New" ? yield* create(state.mirrorTargetId) : state.sessionId
    yield* step(place, {
      name: `record ${eniId}`,
      success: Schema.Void,
      error: Schema.Union([Ssm.ParameterAlreadyExists, Ssm.ParameterPatternMismatch]),
      execute: Steps.putRecord(name, { eniId, trafficSessionId }).pipe(
        Effect.catchTag("SchemaError", Effect.die),
        inAccounts(place)
      )
    }).pipe(
      Effect.tapError(() =>
        Effect.ignore(step(place, {
          name: `unmirror ${eniId}`,
          success: Schema.Void,
          execute: Effect.andThen(Steps.deleteSession(trafficSessionId), Steps.deleteRecord(name)).pipe(
            inAccounts(place)
          )
        }))
      )
    )
  }
)

const eventsOf = ({ cluster }: Payload, { record, vpcId }: Vpc, enis: ReadonlyArray<Interface>) =>
  enis.map(({ eniId, eniType, subnetId }) =>
    new arkime.CreateEniMirrorEvent({
      clusterName: cluster,
      vpcId,
      subnetId,
      eniId,
      eniType,
      trafficFilterId: record.mirrorFilterId,
      vni: record.mirrorVni
    })
  )

/** Puts the events on the cluster's bus. Consumers may see an event twice, if a runner dies here. */
const putEvents = <E extends EventBridge.Event>(place: Payload, { record, vpcId }: Vpc, events: ReadonlyArray<E>) =>
  events.length === 0 ? Effect.void : step(place, {
    name: `events ${vpcId}`,
    success: Schema.Void,
    error: EventBridge.EventsNotDelivered,
    execute: inClusterAccount(EventBridge.putEvents(events, { eventBus: record.busArn })).pipe(
      Effect.asVoid,
      inAccounts(place)
    )
  })

const mirrorVpc = Effect.fnUntraced(function*(place: Payload, vpc: Vpc) {
  const { vpcId } = vpc
  const enis = yield* step(place, {
    name: `find interfaces ${vpcId}`,
    success: Schema.Array(Interface),
    error: Schema.Union([TooManyInterfaces, Ec2.VpcDoesNotExist]),
    execute: findInterfaces(place, vpc).pipe(inAccounts(place))
  })
  const todo = enis.filter(({ state }) => state._tag === "New" || state._tag === "Unrecorded")
  yield* putEvents(place, vpc, eventsOf(place, vpc, todo))
  return yield* Effect.forEach(enis, (eni) => {
    const what = `${vpcId} ${eni.eniId}`
    switch (eni.state._tag) {
      case "Mirrored":
        return Effect.succeed(unchanged(what, "It is already mirrored."))
      case "NoTarget":
        return Effect.succeed(refused(what, { message: eni.state.why }))
      default:
        return mirrorInterface(place, vpc, eni).pipe(
          Effect.as(done(what)),
          Effect.catchTag("NonMirrorableEniType", (error) => Effect.succeed(unchanged(what, error.message))),
          Effect.catch((error) => Effect.succeed(refused(what, error)))
        )
    }
  }, { concurrency: 4 })
})

const unmirrorVpc = Effect.fnUntraced(function*(place: Payload, vpc: Vpc) {
  const { cluster } = place
  const { vpcId } = vpc
  const recorded = yield* step(place, {
    name: `find records ${vpcId}`,
    success: Schema.Array(Schema.Struct({ eniId: Schema.String, subnetId: Schema.String })),
    error: TooManyInterfaces,
    execute: inClusterAccount(recordedIn(cluster, vpcId)).pipe(
      Effect.filterOrFail((all) => all.length <= most, () => new TooManyInterfaces({ vpcId, most })),
      inAccounts(place)
    )
  })
  yield* putEvents(
    place,
    vpc,
    recorded.map((eni) => new arkime.DestroyEniMirrorEvent({ clusterName: cluster, vpcId, ...eni }))
  )
  return yield* Effect.forEach(recorded, ({ eniId, subnetId }) =>
    item(
      `${vpcId} ${eniId}`,
      step(place, {
        name: `unmirror ${eniId}`,
        success: Schema.Void,
        error: Ssm.ParameterNotDecodable,
        execute: Steps.destroy(names.eni(cluster, vpcId, subnetId, eniId)).pipe(inAccounts(place))
      })
    ), { concurrency: 4 })
})

export const layer = MirrorPlace.toLayer(Effect.fnUntraced(function*(place) {
  yield* enter(place)
  const vpcs = yield* Effect.result(step(place, {
    name: "find VPCs",
    success: Schema.Array(Vpc),
    error: Schema.Union([Ssm.ParameterDoesNotExist, Ssm.ParameterNotDecodable]),
    execute: findVpcs(place).pipe(inAccounts(place))
  }))
  if (Result.isFailure(vpcs)) return entry(place, [refused("VPCs", vpcs.failure)])
  const items = yield* Effect.forEach(
    vpcs.success,
    (vpc) =>
      (place.undo ? unmirrorVpc(place, vpc) : mirrorVpc(place, vpc)).pipe(
        Effect.catch((error) => Effect.succeed([refused(vpc.vpcId, error)]))
      )
  )
  const all = items.flat()
  return entry(
    place,
    all.length > 0
      ? all
      : [
        unchanged(`cluster ${place.cluster}`, place.undo ? "Nothing is mirrored." : "No VPC with interfaces is set up.")
      ]
  )
}))
