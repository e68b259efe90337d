/** How commands proceed by the clock, and the events that tell of it. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { defined } from "../support/members.ts"
import { isRunning } from "./managed.ts"
import type { Command, Invocation, State } from "./state.ts"

/** How long the agent takes to get a command, and to run it, in milliseconds. */
export const DELIVERY = 1000
export const RUN = 3000
/** How long a running command takes to be cancelled. */
export const CANCELLING = 1000
/** How long a command waits before it is sent again to an instance that is away. */
const RETRY = 60_000

type Status = "Pending" | "Delayed" | "InProgress" | "Success" | "TimedOut" | "Cancelling" | "Cancelled"

export const statusOf = (
  { cancelled, endsAt, expiresAt = Infinity, isDelayed = false, startsAt }: Invocation,
  now: number
): Status => {
  if (cancelled !== undefined && now >= cancelled.at) return now >= cancelled.until ? "Cancelled" : "Cancelling"
  if (now >= expiresAt) return "TimedOut"
  if (now < startsAt) return isDelayed ? "Delayed" : "Pending"
  return now < endsAt || expiresAt !== Infinity ? "InProgress" : "Success"
}

export const isWaiting = (status: Status): boolean => status === "Pending" || status === "Delayed"

export const isEnded = (status: Status): boolean =>
  status === "Success" || status === "Cancelled" || status === "TimedOut"

export const commandStatusOf = ({ invocations }: Command, now: number): Exclude<Status, "Delayed"> => {
  const all = invocations.map((one) => statusOf(one, now))
  if (all.every(isEnded)) {
    return all.includes("TimedOut") ? "TimedOut" : all.includes("Cancelled") ? "Cancelled" : "Success"
  }
  return all.includes("Cancelling") ? "Cancelling" : all.every(isWaiting) ? "Pending" : "InProgress"
}

export const detail = (status: Status): string => status === "TimedOut" ? "DeliveryTimedOut" : status

/** The status in more detail. A command whose targets have no instances ends at once. */
export const detailsOf = (command: Command, now: number): string =>
  command.invocations.length === 0 ? "NoInstancesInTag" : detail(commandStatusOf(command, now))

export const toSdk = (command: Command, now: number): sdk.Command => ({
  CommandId: command.id,
  ...command.request,
  Status: commandStatusOf(command, now),
  StatusDetails: detailsOf(command, now),
  TargetCount: command.invocations.length,
  CompletedCount: command.invocations.filter((one) => isEnded(statusOf(one, now))).length,
  ErrorCount: 0,
  DeliveryTimedOutCount: command.invocations.filter((one) => statusOf(one, now) === "TimedOut").length
})

const changesOf = ({ cancelled, endsAt, expiresAt, startsAt }: Invocation): ReadonlyArray<number> => {
  const [at, until] = cancelled === undefined ? [expiresAt ?? endsAt] : [cancelled.at, cancelled.until]
  return [...(startsAt < at! ? [startsAt] : []), at!, ...(until === undefined ? [] : [until])]
}

const PREFIX = "command/"

export const isCommandKey = (key: string): boolean => key.startsWith(PREFIX)

/** Wakes the command at its next change after this time. */
export const follow = (command: Command, after: number, context: HandlerContext): void =>
  context.wakeAt(
    PREFIX + command.id,
    command.invocations.flatMap((one) => [...changesOf(one), one.endsAt]).filter((at) => at > after).toSorted((a, b) =>
      a - b
    )[0]
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

/**
 * Looks at the instances at the times when the command should reach them, and when it should have run. A command that doesn't reach its
 * instance is sent again until it expires. One whose instance went away while it ran expires too.
 */
const observe = (command: Command, now: number, context: HandlerContext): void => {
  const expiry = command.request.ExpiresAfter!.getTime()
  for (const one of command.invocations) {
    if (one.cancelled !== undefined || one.expiresAt !== undefined) continue
    if ((one.startsAt !== now && one.endsAt !== now) || isRunning(one.instanceId, now, context)) continue
    if (one.endsAt === now) one.expiresAt = expiry
    else {
      one.isDelayed = true
      one.endsAt += context.takes(RETRY)
      one.startsAt += context.takes(RETRY)
      if (one.startsAt >= expiry) one.expiresAt = expiry
    }
  }
}

export const wakeCommand = Effect.fnUntraced(function*(key: string, state: State, context: HandlerContext) {
  const command = state.commands.get(key.slice(PREFIX.length))
  if (command === undefined) return
  const now = yield* Clock.currentTimeMillis
  observe(command, now, context)
  emitChanges(command, now, context)
  follow(command, now, context)
})
