/** How commands proceed by the clock, and the events that tell of it. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { defined } from "../support/members.ts"
import type { Command, Invocation, State } from "./state.ts"

/** How long the agent takes to get a command, and to run it, in milliseconds. */
export const DELIVERY = 1000
export const RUN = 3000
/** How long a running command takes to be cancelled. */
export const CANCELLING = 1000

type Status = "Pending" | "InProgress" | "Success" | "Cancelling" | "Cancelled"

export const statusOf = ({ cancelled, endsAt, startsAt }: Invocation, now: number): Status =>
  cancelled !== undefined && now >= cancelled.at
    ? now >= cancelled.until ? "Cancelled" : "Cancelling"
    : now < startsAt
    ? "Pending"
    : now < endsAt
    ? "InProgress"
    : "Success"

export const isEnded = (status: Status): boolean => status === "Success" || status === "Cancelled"

export const commandStatusOf = ({ invocations }: Command, now: number): Status => {
  const all = invocations.map((one) => statusOf(one, now))
  if (all.every(isEnded)) return all.includes("Cancelled") ? "Cancelled" : "Success"
  return all.includes("Cancelling") ? "Cancelling" : all.every((one) => one === "Pending") ? "Pending" : "InProgress"
}

/** The status in more detail. A command whose targets have no instances ends at once. */
export const detailsOf = (command: Command, now: number): string =>
  command.invocations.length === 0 ? "NoInstancesInTag" : commandStatusOf(command, now)

export const toSdk = (command: Command, now: number): sdk.Command => ({
  CommandId: command.id,
  ...command.request,
  Status: commandStatusOf(command, now),
  StatusDetails: detailsOf(command, now),
  TargetCount: command.invocations.length,
  CompletedCount: command.invocations.filter((one) => isEnded(statusOf(one, now))).length,
  ErrorCount: 0,
  DeliveryTimedOutCount: 0
})

const changesOf = ({ cancelled, endsAt, startsAt }: Invocation): ReadonlyArray<number> =>
  cancelled === undefined
    ? [startsAt, endsAt]
    : [...(startsAt < cancelled.at ? [startsAt] : []), cancelled.at, cancelled.until]

const PREFIX = "command/"

export const isCommandKey = (key: string): boolean => key.startsWith(PREFIX)

/** Wakes the command at its next change after this time. */
export const follow = (command: Command, after: number, context: HandlerContext): void =>
  context.wakeAt(
    PREFIX + command.id,
    command.invocations.flatMap(changesOf).filter((at) => at > after).toSorted((a, b) => a - b)[0]
  )

const instanceArn = (id: string, context: HandlerContext) => context.arn("ec2", `instance/${id}`)

/** Tells the topic of a command's request. */
const notify = (
  command: Command,
  status: Status,
  now: number,
  instanceId: string | undefined,
  context: HandlerContext
) => {
  const { request } = command
  const { NotificationArn = "", NotificationEvents = [], NotificationType } = request.NotificationConfig ?? {}
  const kind = instanceId === undefined ? "Command" : "Invocation"
  // `All` stands for those that a request can name, to which Cancelling doesn't belong.
  const wanted = status !== "Cancelling" && NotificationEvents.some((one) => one === "All" || one === status)
  if (parseArn(NotificationArn) === undefined || (NotificationType || "Command") !== kind || !wanted) return
  context.deliver({
    from: context.arn("ssm", `command/${command.id}`),
    target: NotificationArn,
    input: defined({
      commandId: command.id,
      documentName: request.DocumentName,
      instanceId,
      instanceIds: instanceId === undefined ? command.invocations.map((one) => one.instanceId) : undefined,
      requestedDateTime: request.RequestedDateTime?.toISOString(),
      expiresAfter: instanceId === undefined ? request.ExpiresAfter?.toISOString() : undefined,
      outputS3BucketName: request.OutputS3BucketName,
      outputS3KeyPrefix: request.OutputS3KeyPrefix,
      status,
      eventTime: new Date(now).toISOString()
    })
  })
}

const emitInvocation = (command: Command, one: Invocation, status: Status, now: number, context: HandlerContext) => {
  context.emit({
    source: "aws.ssm",
    detailType: "EC2 Command Invocation Status-change Notification",
    resources: [instanceArn(one.instanceId, context)],
    detail: {
      "command-id": command.id,
      "document-name": command.request.DocumentName,
      "instance-id": one.instanceId,
      "requested-date-time": command.request.RequestedDateTime?.toISOString(),
      status
    }
  })
  notify(command, status, now, one.instanceId, context)
}

const emitCommand = (command: Command, status: Status, now: number, context: HandlerContext) => {
  const { DocumentName, ExpiresAfter, Parameters = {}, RequestedDateTime } = command.request
  context.emit({
    source: "aws.ssm",
    detailType: "EC2 Command Status-change Notification",
    resources: command.invocations.map(({ instanceId }) => instanceArn(instanceId, context)),
    detail: {
      "command-id": command.id,
      "document-name": DocumentName,
      "expire-after": ExpiresAfter?.toISOString(),
      parameters: Parameters,
      "requested-date-time": RequestedDateTime?.toISOString(),
      status
    }
  })
  notify(command, status, now, undefined, context)
}

/** Emits what has changed at this moment. */
export const emitChanges = (command: Command, now: number, context: HandlerContext): void => {
  for (const one of command.invocations) {
    if (!changesOf(one).includes(now)) continue
    emitInvocation(command, one, statusOf(one, now), now, context)
  }
  const status = commandStatusOf(command, now)
  if (status !== commandStatusOf(command, now - 1)) emitCommand(command, status, now, context)
}

export const wakeCommand = Effect.fnUntraced(function*(key: string, state: State, context: HandlerContext) {
  const command = state.commands.get(key.slice(PREFIX.length))
  if (command === undefined) return
  const now = yield* Clock.currentTimeMillis
  emitChanges(command, now, context)
  follow(command, now, context)
})
