/** Run Command: what became of commands. They print nothing, and their scripts end with 0. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { descending, numberKey } from "../support/order.ts"
import { commandStatusOf, detail, isEnded, isWaiting, statusOf, toSdk } from "./commandStates.ts"
import * as Ssm from "./state.ts"

export const commandId = { min: 36, max: 36 } as const
export const instanceIdRule = { pattern: "(^i-(\\w{8}|\\w{17})$)|(^mi-\\w{17}$)" } as const

const invalidCommandId = new Fault({
  code: "InvalidCommandId",
  message: "The specified command ID isn't valid. Verify the ID and try again."
})

export const findCommand = (state: Ssm.State, id: string) => {
  const command = state.commands.get(id)
  return command === undefined ? Effect.fail(invalidCommandId) : Effect.succeed(command)
}

const listRules = {
  CommandId: commandId,
  InstanceId: instanceIdRule,
  MaxResults: { min: 1, max: 50 },
  Filters: {
    min: 1,
    max: 5,
    members: {
      key: { required: true, enum: ["InvokedAfter", "InvokedBefore", "Status", "ExecutionStage", "DocumentName"] },
      value: { required: true, min: 1, max: 128 }
    }
  }
} as const

type Selected = Pick<sdk.Command, "DocumentName" | "RequestedDateTime"> & {
  readonly Status: ReturnType<typeof statusOf>
}

const stageOf = (status: Selected["Status"]): string => isEnded(status) ? "Complete" : "Executing"

const filterOf = Effect.fnUntraced(function*({ key, value = "" }: sdk.CommandFilter) {
  if (key === "InvokedAfter" || key === "InvokedBefore") {
    const time = Date.parse(value)
    if (Number.isNaN(time)) return yield* Ssm.validation(`The value ${value} of ${key} isn't a time.`)
    const isAfter = key === "InvokedAfter"
    return ({ RequestedDateTime }: Selected) =>
      isAfter ? RequestedDateTime!.getTime() > time : RequestedDateTime!.getTime() < time
  }
  if (key === "DocumentName") return ({ DocumentName }: Selected) => DocumentName === value
  return key === "Status"
    ? ({ Status }: Selected) => Status === value
    : ({ Status }: Selected) => stageOf(Status) === value
})

/** The newest come first. */
const keyOf = ({ id, request }: Ssm.Command, rest = ""): string =>
  `${descending(numberKey(request.RequestedDateTime!.getTime()))} ${id} ${rest}`

const codeOf = (status: string): number => status === "Success" ? 0 : status === "Cancelled" ? 1 : -1

/** When an invocation began and ended, as far as it has. */
const timesOf = ({ cancelled, endsAt, expiresAt, startsAt }: Ssm.Invocation, now: number) => {
  const end = cancelled?.until ?? expiresAt ?? endsAt
  return {
    start: startsAt <= now && startsAt < (cancelled?.at ?? expiresAt ?? Infinity) ? startsAt : undefined,
    end: end <= now ? end : undefined
  }
}

const iso = (millis: number | undefined): string => millis === undefined ? "" : new Date(millis).toISOString()

const elapsed = (start: number | undefined, end: number | undefined): string =>
  start === undefined || end === undefined ? "" : `PT${(end - start) / 1000}S`

const pluginOf = (
  { request, steps }: Ssm.Command,
  invocation: Ssm.Invocation,
  { name }: Ssm.Command["steps"][number],
  now: number
): sdk.CommandPlugin => {
  const status = statusOf(invocation, now)
  const { end, start } = timesOf(invocation, now)
  return {
    Name: name,
    Status: status === "Cancelling" ? "InProgress" : isWaiting(status) ? "Pending" : status as sdk.CommandPluginStatus,
    StatusDetails: detail(status),
    ResponseCode: codeOf(status),
    ...(start !== undefined && { ResponseStartDateTime: new Date(start) }),
    ...(end !== undefined && steps.length > 0 && { ResponseFinishDateTime: new Date(end) }),
    Output: "",
    StandardOutputUrl: "",
    StandardErrorUrl: "",
    ...(request.OutputS3Region !== undefined && { OutputS3Region: request.OutputS3Region }),
    OutputS3BucketName: request.OutputS3BucketName,
    OutputS3KeyPrefix: request.OutputS3KeyPrefix
  }
}

const invocationToSdk = (
  command: Ssm.Command,
  invocation: Ssm.Invocation,
  now: number,
  hasDetails: boolean
): sdk.CommandInvocation => {
  const { CloudWatchOutputConfig, Comment, DocumentName, DocumentVersion, NotificationConfig, RequestedDateTime } =
    command.request
  const status = statusOf(invocation, now)
  return {
    CommandId: command.id,
    InstanceId: invocation.instanceId,
    InstanceName: invocation.instanceName,
    Comment,
    DocumentName,
    DocumentVersion,
    RequestedDateTime,
    Status: status,
    StatusDetails: detail(status),
    StandardOutputUrl: "",
    StandardErrorUrl: "",
    CommandPlugins: hasDetails ? command.steps.map((step) => pluginOf(command, invocation, step, now)) : [],
    ServiceRole: command.request.ServiceRole,
    NotificationConfig,
    CloudWatchOutputConfig
  }
}

interface List {
  readonly CommandId?: string | undefined
  readonly InstanceId?: string | undefined
}

const commandsOf = Effect.fnUntraced(function*(state: Ssm.State, { CommandId, InstanceId }: List) {
  const commands = CommandId === undefined ? [...state.commands.values()] : [yield* findCommand(state, CommandId)]
  return InstanceId === undefined
    ? commands
    : commands.filter(({ invocations }) => invocations.some(({ instanceId }) => instanceId === InstanceId))
})

export const commandReads: Ssm.SsmHandlers = {
  ListCommands: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, listRules)
    const filters = yield* Effect.forEach(checked.Filters ?? [], filterOf)
    const now = yield* Clock.currentTimeMillis
    const found = (yield* commandsOf(state, checked)).filter((command) => {
      const selected = { ...command.request, Status: commandStatusOf(command, now) }
      return filters.every((matches) => matches(selected))
    })
    const [page, token] = yield* Ssm.page(context, found, input, 50, (command) => keyOf(command))
    return { Commands: page.map((command) => toSdk(command, now)), NextToken: token }
  }),

  ListCommandInvocations: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, listRules)
    const { Details = false, InstanceId } = checked
    const filters = yield* Effect.forEach(checked.Filters ?? [], filterOf)
    const now = yield* Clock.currentTimeMillis
    const found = (yield* commandsOf(state, checked)).flatMap((command) =>
      command.invocations
        .filter((one) => InstanceId === undefined || one.instanceId === InstanceId)
        .filter((one) => {
          const selected = { ...command.request, Status: statusOf(one, now) }
          return filters.every((matches) => matches(selected))
        })
        .map((invocation) => ({ command, invocation }))
    )
    const [page, token] = yield* Ssm.page(
      context,
      found,
      input,
      50,
      ({ command, invocation }) => keyOf(command, invocation.instanceId)
    )
    return {
      CommandInvocations: page.map(({ command, invocation }) => invocationToSdk(command, invocation, now, Details)),
      NextToken: token
    }
  }),

  GetCommandInvocation: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, {
      CommandId: { required: true, ...commandId },
      InstanceId: { required: true, ...instanceIdRule },
      PluginName: { min: 4 }
    })
    const command = state.commands.get(checked.CommandId)
    const invocation = command?.invocations.find(({ instanceId }) => instanceId === checked.InstanceId)
    if (command === undefined || invocation === undefined) {
      return yield* new Fault({ code: "InvocationDoesNotExist", message: "" })
    }
    const { PluginName } = checked
    const step = PluginName === undefined
      ? command.steps.length === 1 ? command.steps[0] : undefined
      : command.steps.find(({ name }) => name === PluginName)
    if (PluginName !== undefined && step === undefined) {
      return yield* new Fault({ code: "InvalidPluginName", message: "The plugin name isn't valid." })
    }
    const now = yield* Clock.currentTimeMillis
    const status = statusOf(invocation, now)
    const { end, start } = timesOf(invocation, now)
    const { CloudWatchOutputConfig, Comment, DocumentName, DocumentVersion } = command.request
    return {
      CommandId: command.id,
      InstanceId: invocation.instanceId,
      Comment,
      DocumentName,
      DocumentVersion,
      PluginName: step?.name ?? "",
      ResponseCode: codeOf(status),
      ExecutionStartDateTime: iso(start),
      ExecutionElapsedTime: elapsed(start, end),
      ExecutionEndDateTime: start === undefined ? "" : iso(end),
      Status: status,
      StatusDetails: detail(status),
      StandardOutputContent: "",
      StandardOutputUrl: "",
      StandardErrorContent: "",
      StandardErrorUrl: "",
      CloudWatchOutputConfig
    }
  })
}
