/** In-memory EC2: flow logs. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { placeOf } from "../s3/access.ts"
import { s3 } from "../s3/s3.ts"
import { parseArn } from "../support/arn.ts"
import { fault, invalidValue, oneOf, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { enis, find, flowLogs, type Kind, subnets, transitAttachments, transitGateways, vpcs } from "./kinds.ts"
import type { FlowLog } from "./networkState.ts"
import type { Ec2Handlers, State } from "./state.ts"
import { newTags } from "./tags.ts"

const FORMAT = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} " +
  "${packets} ${bytes} ${start} ${end} ${action} ${log-status}"

const kindsOf = {
  NetworkInterface: enis,
  Subnet: subnets,
  TransitGateway: transitGateways,
  TransitGatewayAttachment: transitAttachments,
  VPC: vpcs
} satisfies Partial<Record<sdk.FlowLogsResourceType, Kind<any>>>

const logFilters: Filters<FlowLog> = {
  "deliver-log-status": (log) => log.DeliverLogsStatus,
  "flow-log-id": (log) => log.FlowLogId,
  "log-destination-type": (log) => log.LogDestinationType,
  "log-group-name": (log) => log.LogGroupName,
  "resource-id": (log) => log.ResourceId,
  "traffic-type": (log) => log.TrafficType
}

const invalid = (message: string) => fault("InvalidParameter", message)

/** Where a flow log goes, checked, and the reason why it can't. */
const destinationOf = Effect.fnUntraced(function*(input: sdk.CreateFlowLogsRequest, context: HandlerContext) {
  const type = yield* oneOf(input.LogDestinationType ?? "cloud-watch-logs", "logDestinationType", {
    here: ["cloud-watch-logs", "s3"],
    onAws: ["kinesis-data-firehose"]
  })
  const { DeliverLogsPermissionArn, LogDestination, LogGroupName } = input
  if (LogDestination !== undefined && LogGroupName !== undefined) {
    return yield* invalid("Please only provide LogGroupName or only provide LogDestination.")
  }
  if (LogGroupName !== undefined && type !== "cloud-watch-logs") {
    return yield* invalid("LogDestination type must be cloud-watch-logs if LogGroupName is provided.")
  }
  if (LogDestination === undefined && LogGroupName === undefined) {
    return yield* invalid("LogDestination can't be empty if LogGroupName is not provided.")
  }
  if (type === "cloud-watch-logs") {
    if (DeliverLogsPermissionArn === undefined) {
      return yield* invalid("DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.")
    }
    if (LogDestination !== undefined && parseArn(LogDestination)?.service !== "logs") {
      return yield* invalid(`LogDestination: ${LogDestination} is not the ARN of a log group`)
    }
    return {
      members: { DeliverLogsPermissionArn, LogDestination, LogDestinationType: type, LogGroupName },
      error: undefined
    }
  }
  if (DeliverLogsPermissionArn !== undefined) {
    return yield* invalid("DeliverLogsPermissionArn is not applicable for s3 delivery")
  }
  const arn = parseArn(LogDestination ?? "")
  if (arn === undefined || arn.service !== "s3") {
    return yield* invalid(`LogDestination: ${LogDestination} is not the ARN of an S3 bucket`)
  }
  const bucket = arn.resource.split("/")[0]!
  const { FileFormat, HiveCompatiblePartitions, PerHourPartition } = input.DestinationOptions ?? {}
  const isThere = context.stateOf(s3).buckets.has(placeOf(bucket, context))
  return {
    members: {
      DestinationOptions: {
        FileFormat: yield* oneOf(FileFormat ?? "plain-text", "fileFormat", { here: ["plain-text", "parquet"] }),
        HiveCompatiblePartitions: HiveCompatiblePartitions ?? false,
        PerHourPartition: PerHourPartition ?? false
      },
      LogDestination,
      LogDestinationType: type
    },
    error: isThere ? undefined : { Code: "400", Message: `LogDestination: ${bucket} does not exist` }
  }
})

const nameOf = ({ LogDestination, LogDestinationType, LogGroupName, ResourceId, TrafficType }: Partial<FlowLog>) =>
  [ResourceId, TrafficType, LogDestinationType, LogDestination, LogGroupName].join(" ")

const missingLogs = (ids: ReadonlyArray<string>) =>
  fault(
    "InvalidFlowLogId.NotFound",
    `These flow log ids in the input list are not found: [TotalCount: ${ids.length}] ${ids.join(", ")}`
  )

const checkIds = (state: State, ids: ReadonlyArray<string>) => {
  const unknown = ids.filter((id) => !state.flowLogs.has(id))
  return unknown.length > 0 ? missingLogs(unknown) : Effect.void
}

/** Creates a log of each resource, or says why there can be none. */
const create = Effect.fnUntraced(function*(input: sdk.CreateFlowLogsRequest, state: State, context: HandlerContext) {
  const now = yield* Clock.currentTimeMillis
  const ids = yield* required(input.ResourceIds, "resourceIds")
  const type = yield* oneOf(yield* required<string>(input.ResourceType, "resourceType"), "resourceType", {
    here: ["VPC", "Subnet", "NetworkInterface", "TransitGateway", "TransitGatewayAttachment"],
    onAws: ["CoreNetwork", "CoreNetworkAttachment", "CoreNetworkEdge", "RegionalNatGateway"]
  })
  const ofTransit = type.startsWith("Transit")
  if (ofTransit ? input.TrafficType !== undefined : input.TrafficType === undefined) {
    return yield* invalid(
      ofTransit
        ? `TrafficType is not applicable for resource type ${type}.`
        : `TrafficType can't be empty if ResourceType is ${type}.`
    )
  }
  const TrafficType = input.TrafficType === undefined
    ? undefined
    : yield* oneOf(input.TrafficType, "trafficType", { here: ["ACCEPT", "REJECT", "ALL"] })
  const MaxAggregationInterval = input.MaxAggregationInterval ?? (ofTransit ? 60 : 600)
  if (MaxAggregationInterval !== 60 && (ofTransit || MaxAggregationInterval !== 600)) {
    return yield* invalid("Invalid Flow Log Max Aggregation Interval")
  }
  const { error, members } = yield* destinationOf(input, context)
  for (const id of ids) yield* find(state, kindsOf[type] as Kind<any>, id, "resourceId")
  const tags = yield* newTags(input.TagSpecifications, "vpc-flow-log")
  const FlowLogIds: Array<string> = []
  const Unsuccessful: Array<sdk.UnsuccessfulItem> = []
  const taken = new Set(Array.from(state.flowLogs.values(), nameOf))
  for (const ResourceId of ids) {
    const log: FlowLog = {
      FlowLogId: context.id("fl-", 17),
      CreationTime: new Date(now),
      DeliverLogsStatus: "SUCCESS",
      FlowLogStatus: "ACTIVE",
      LogFormat: input.LogFormat ?? FORMAT,
      MaxAggregationInterval,
      ResourceId,
      TrafficType,
      ...members,
      Tags: tags.map((tag) => ({ ...tag }))
    }
    if (error !== undefined) Unsuccessful.push({ ResourceId, Error: error })
    else if (taken.has(nameOf(log))) {
      const Message = "Error. There is an existing Flow Log with the same configuration and log destination."
      Unsuccessful.push({ ResourceId, Error: { Code: "FlowLogAlreadyExists", Message } })
    } else {
      state.flowLogs.set(log.FlowLogId, log)
      FlowLogIds.push(log.FlowLogId)
    }
  }
  return { FlowLogIds, Unsuccessful }
})

export const handlers: Ec2Handlers = {
  CreateFlowLogs: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.map(create(input, state, context), (created) => JSON.stringify(created)),
      answer: (created) => ({ ClientToken: input.ClientToken ?? context.uuid(), ...JSON.parse(created) })
    }),

  DescribeFlowLogs: Effect.fnUntraced(function*(input, state, context) {
    yield* checkIds(state, input.FlowLogIds ?? [])
    const [FlowLogs, NextToken] = yield* describe(state, context, flowLogs, {
      input,
      ids: input.FlowLogIds,
      idsName: "flowLogIds",
      filters: input.Filter,
      supported: logFilters
    })
    return { FlowLogs: [...FlowLogs], NextToken }
  }),

  DeleteFlowLogs: Effect.fnUntraced(function*(input, state) {
    const ids = yield* required(input.FlowLogIds, "flowLogIds")
    if (ids.length === 0) return yield* invalidValue(ids, "flowLogIds")
    yield* checkIds(state, ids)
    for (const id of ids) state.flowLogs.delete(id)
    return { Unsuccessful: [] }
  })
}
