// The main job: mirror the traffic of every network interface of a VPC to a cluster, and undo it. It only sends events: functions behind
// the cluster's event bus do the work.
import { Console, Data, Effect, Schema, Stream } from "effect"
import { arkime, AwsClients, Ec2, EventBridge, S3, Ssm, Sts } from "effect-aws-sdk"
import { ClusterAccount, inClusterAccount, inVpcAccount, VpcAccount } from "./Accounts.ts"
import { Configuration, names, VpcRecord } from "./Records.ts"

export interface Options {
  readonly cluster: string
  readonly vpcId: string
}

/** The VPC has no records for mirroring to this cluster. */
export class VpcNotSetUp extends Data.TaggedError("VpcNotSetUp")<{ readonly parameter: string }> {
  override get message(): string {
    return `The VPC isn't set up for this cluster. Create a traffic mirror filter and an event bus, and record them in the ` +
      `SSM parameter ${this.parameter} as {"busArn":"…","mirrorFilterId":"tmf-…","mirrorVni":123}. Create a traffic ` +
      `mirror target for each subnet, and record it in ${this.parameter}/subnets/subnet-… as {"mirrorTargetId":"tmt-…"}.`
  }
}

/** What the cluster knows about a VPC. */
export const vpcRecord = (options: Options) => {
  const parameter = names.vpc(options.cluster, options.vpcId)
  return inClusterAccount(Ssm.getParameterJson(parameter, VpcRecord)).pipe(
    Effect.catchTag("ParameterDoesNotExist", () => Effect.fail(new VpcNotSetUp({ parameter })))
  )
}

const keepConfiguration = Effect.fn("keepConfiguration")(
  function*(bucket: string, configuration: typeof Configuration.Type) {
    const wanted = yield* Schema.encodeEffect(Schema.fromJsonString(Configuration))(configuration)
    const kept = yield* S3.getObject(bucket, "config.json").pipe(
      Stream.decodeText(),
      Stream.mkString,
      Effect.catchTag("ObjectDoesNotExist", () => Effect.void)
    )
    if (kept === wanted) return yield* Console.log(`  s3://${bucket}/config.json is up to date`)
    yield* S3.putObject({ bucket, key: "config.json", body: wanted, ...arkime.objectOptions })
    yield* Console.log(`  wrote s3://${bucket}/config.json`)
  }
)

/**
 * Sends an event for each interface of the VPC, and returns the number of events. The functions behind the cluster's bus mirror the
 * interfaces. A second run changes nothing.
 */
export const mirror = Effect.fn("mirror")(function*(options: Options) {
  const { cluster, vpcId } = options
  const vpc = yield* inVpcAccount(Ec2.getVpcDetails(vpcId))
  yield* Console.log(
    `Mirroring ${vpcId} (${vpc.cidrBlocks.join(", ")}) of account ${vpc.ownerId} to cluster ${cluster}`
  )

  const environment = yield* inClusterAccount(Sts.environment)
  const { busArn, mirrorFilterId, mirrorVni } = yield* vpcRecord(options)
  const bucket = names.bucket(environment, cluster)
  yield* inClusterAccount(Effect.andThen(
    S3.ensureBucketExists(bucket),
    keepConfiguration(bucket, { cluster, vpcId, ownerId: vpc.ownerId, cidrBlocks: vpc.cidrBlocks })
  ))

  const sent = yield* Ec2.listSubnetsOfVpc(vpcId).pipe(
    Stream.flatMap(Ec2.listEnisOfSubnet),
    Stream.provideServiceEffect(AwsClients, VpcAccount),
    Stream.map(({ eniId, eniType, subnetId }) =>
      new arkime.CreateEniMirrorEvent({
        clusterName: cluster,
        vpcId,
        subnetId,
        eniId,
        eniType,
        trafficFilterId: mirrorFilterId,
        vni: mirrorVni
      })
    ),
    Stream.grouped(10),
    Stream.tap((events) => inClusterAccount(EventBridge.putEvents(events, { eventBus: busArn }))),
    Stream.runFold(() => 0, (sum, events) => sum + events.length)
  )
  yield* Console.log(`  sent ${sent} events to ${busArn}`)
  return sent
})

/**
 * Undoes {@link mirror}: sends an event for each recorded session, and deletes the bucket. The functions behind the cluster's bus delete
 * the sessions and their records. Returns the number of events. A second run finds nothing to do.
 */
export const unmirror = Effect.fn("unmirror")(function*(options: Options) {
  const { cluster, vpcId } = options
  yield* Console.log(`Stopping the mirroring of ${vpcId} to cluster ${cluster}`)
  const { busArn } = yield* vpcRecord(options)
  const recorded = yield* Ssm.listParametersByPath(names.vpc(cluster, vpcId), { recursive: true }).pipe(
    Stream.provideServiceEffect(AwsClients, ClusterAccount),
    Stream.map(({ name }) => names.eniOf(cluster, vpcId, name)),
    Stream.filter((eni) => eni !== undefined),
    Stream.map((eni) => new arkime.DestroyEniMirrorEvent({ clusterName: cluster, vpcId, ...eni })),
    Stream.runCollect
  )
  yield* inClusterAccount(EventBridge.putEvents(recorded, { eventBus: busArn }))
  yield* Console.log(`  sent ${recorded.length} events to ${busArn}`)
  const bucket = names.bucket(yield* inClusterAccount(Sts.environment), cluster)
  yield* inClusterAccount(S3.destroyBucket(bucket))
  yield* Console.log(`  deleted s3://${bucket} and everything in it`)
  return recorded.length
})
