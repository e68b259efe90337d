/**
 * Run Command: SendCommand. Nothing runs here. A command reaches its instances, prints nothing and succeeds, unless a test handles the
 * commands that read results.
 */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { defined } from "../support/members.ts"
import { DELIVERY, follow, RUN, toSdk } from "./commandStates.ts"
import { documentVersion, givenDocument } from "./documentRules.ts"
import * as Documents from "./documents.ts"
import { type Managed, managedIn } from "./managed.ts"
import { checkParameters, platformsOf } from "./outline.ts"
import * as Ssm from "./state.ts"
import { selectorOf } from "./targets.ts"

const instanceId = { pattern: "(^i-(\\w{8}|\\w{17})$)|(^mi-\\w{17}$)" } as const

const targetKey = {
  min: 1,
  max: 163,
  pattern: "^[\\p{L}\\p{Z}\\p{N}_.:/=\\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name"
} as const

const alarmName = { required: true, min: 1, max: 255, pattern: "^(?!\\s*$).+" } as const

const rules = {
  DocumentName: givenDocument,
  DocumentVersion: documentVersion,
  InstanceIds: { max: 50, each: instanceId },
  Targets: { max: 5, members: { Key: targetKey, Values: { max: 50 } } },
  DocumentHash: { max: 256 },
  DocumentHashType: { enum: ["Sha256", "Sha1"] },
  TimeoutSeconds: { min: 30, max: 2_592_000 },
  Comment: { max: 100 },
  OutputS3Region: { min: 3, max: 20 },
  OutputS3BucketName: { min: 3, max: 63 },
  OutputS3KeyPrefix: { max: 500 },
  MaxConcurrency: { min: 1, max: 7, pattern: "^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$" },
  MaxErrors: { min: 1, max: 7, pattern: "^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$" },
  NotificationConfig: {
    members: {
      NotificationEvents: { each: { enum: ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"] } },
      NotificationType: { enum: ["Command", "Invocation"] }
    }
  },
  AlarmConfiguration: {
    members: { Alarms: { required: true, min: 1, max: 1, members: { Name: alarmName } } }
  },
  CloudWatchOutputConfig: { members: { CloudWatchLogGroupName: { min: 1, max: 512 } } }
} as const

/** The managed instances that targets select: those that match each target with one of its values. */
const targetsOf = Effect.fnUntraced(function*(
  targets: ReadonlyArray<sdk.Target>,
  managed: ReadonlyMap<string, Managed>
) {
  let left = [...managed.values()]
  for (const target of targets) {
    const selects = selectorOf(target)
    if (selects === undefined) {
      const { Key } = target
      return yield* Key?.startsWith("resource-groups:") === true
        ? unsupported(`The in-memory SSM has no resource groups: use tags instead of the target ${Key}.`)
        : Ssm.validation(`The target key ${Key} isn't valid.`)
    }
    left = left.filter(({ instance }) => selects(instance))
  }
  return left
})

/** The instances that a request names. Each has to be there, with its agent. */
const namedBy = Effect.fnUntraced(function*(
  ids: ReadonlyArray<string>,
  managed: ReadonlyMap<string, Managed>,
  { account }: HandlerContext
) {
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) {
    return yield* new Fault({ code: "DuplicateInstanceId", message: `Instance ID ${twice} is given more than once.` })
  }
  const missing = ids.filter((id) => managed.get(id)?.isOnline !== true)
  if (missing.length > 0) {
    return yield* new Fault({
      code: "InvalidInstanceId",
      message: `Instances [[${missing.join(", ")}]] not in a valid state for account ${account}`
    })
  }
  return ids.map((id) => managed.get(id)!)
})

/** How many instances run the command at once: a number, or a share of all. */
const atOnce = (text: string, all: number): number =>
  text.endsWith("%") ? Math.max(1, Math.floor(all * Number.parseInt(text, 10) / 100)) : Number(text)

const secondsOf = (text: string | undefined): number => /^\d+$/.test(text ?? "") ? Number(text) : 3600

export const sendCommand: Ssm.SsmHandlers = {
  SendCommand: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, rules)
    const { InstanceIds = [], Targets = [] } = checked
    if ((InstanceIds.length > 0) === (Targets.length > 0)) {
      return yield* Ssm.validation(
        InstanceIds.length > 0
          ? "You can specify either InstanceIds or Targets, not both."
          : "You must specify InstanceIds or Targets."
      )
    }
    const document = yield* Documents.find(state, checked.DocumentName, context)
    if (document.type !== "Command") {
      return yield* new Fault({
        code: "InvalidDocument",
        message: `Document ${document.name} has the type ${document.type}. Run Command needs the type Command.`
      })
    }
    const { hash, outline } = yield* Documents.versionOf(document, { DocumentVersion: checked.DocumentVersion })
    if (checked.DocumentHash !== undefined && checked.DocumentHashType !== "Sha1" && checked.DocumentHash !== hash) {
      return yield* new Fault({ code: "InvalidDocument", message: "The hash of the document doesn't match." })
    }
    const parameters = { ...checked.Parameters }
    yield* checkParameters(outline, parameters)
    const managed = yield* managedIn(context)
    const platforms = platformsOf(outline)
    const isFor = ({ platform }: Managed) => platforms.includes(platform)
    const named = yield* namedBy([...InstanceIds], managed, context)
    if (!named.every(isFor)) {
      return yield* new Fault({
        code: "UnsupportedPlatformType",
        message: `The document ${document.name} doesn't support the platform of each of the instances.`
      })
    }
    const selected = Targets.length === 0
      ? named
      : (yield* targetsOf(Targets, managed)).filter((one) => one.isOnline && isFor(one))
    const now = yield* Clock.currentTimeMillis
    const { MaxConcurrency = "50", MaxErrors = "0", TimeoutSeconds = 3600 } = checked
    const few = atOnce(MaxConcurrency, selected.length)
    const timeout = TimeoutSeconds + secondsOf(parameters["executionTimeout"]?.[0])
    const command: Ssm.Command = {
      id: context.uuid(),
      request: defined({
        DocumentName: document.name,
        DocumentVersion: checked.DocumentVersion ?? "$DEFAULT",
        Comment: checked.Comment ?? "",
        ExpiresAfter: new Date(now + timeout * 1000),
        Parameters: parameters,
        InstanceIds: [...InstanceIds],
        Targets: Targets.map(({ Key, Values = [] }) => ({ Key, Values: [...Values] })),
        RequestedDateTime: new Date(now),
        OutputS3Region: checked.OutputS3Region,
        OutputS3BucketName: checked.OutputS3BucketName ?? "",
        OutputS3KeyPrefix: checked.OutputS3KeyPrefix ?? "",
        MaxConcurrency,
        MaxErrors,
        ServiceRole: checked.ServiceRoleArn ?? "",
        NotificationConfig: {
          NotificationArn: checked.NotificationConfig?.NotificationArn ?? "",
          NotificationEvents: [...checked.NotificationConfig?.NotificationEvents ?? []],
          NotificationType: checked.NotificationConfig?.NotificationType ?? ("" as sdk.NotificationType)
        },
        CloudWatchOutputConfig: {
          CloudWatchLogGroupName: checked.CloudWatchOutputConfig?.CloudWatchLogGroupName ?? "",
          CloudWatchOutputEnabled: checked.CloudWatchOutputConfig?.CloudWatchOutputEnabled ?? false
        },
        TimeoutSeconds
      }),
      steps: outline.steps,
      invocations: selected.map(({ instance }, i) => {
        const startsAt = now + context.takes(DELIVERY + Math.floor(i / few) * RUN)
        return {
          instanceId: instance.InstanceId,
          instanceName: instance.Tags.find(({ Key }) => Key === "Name")?.Value ?? "",
          startsAt,
          endsAt: startsAt + context.takes(RUN)
        }
      })
    }
    state.commands.set(command.id, command)
    follow(command, now, context)
    return { Command: toSdk(command, now) }
  })
}
