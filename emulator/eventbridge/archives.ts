/** In-memory EventBridge: archives of events. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { defined, pick } from "../support/members.ts"
import type { Event } from "./event.ts"
import { matches } from "./matching.ts"
import { checkPattern, patternOf } from "./patterns.ts"
import * as EventBridge from "./state.ts"

const dayMillis = 86_400_000

/** How long AWS takes to count a new event. */
const countTime = 600_000

const states = ["ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"] as const

const settings = ["Description", "EventPattern", "KmsKeyIdentifier", "RetentionDays"] as const

const constraints = {
  ArchiveName: EventBridge.rules.archiveName,
  Description: EventBridge.rules.description,
  EventPattern: { max: 4_096 },
  RetentionDays: { min: 0 },
  KmsKeyIdentifier: EventBridge.rules.kmsKey
} as const

export const archiveArn = ({ name }: EventBridge.Archive, context: HandlerContext) =>
  context.arn("events", `archive/${name}`)

const busOf = ({ bus }: EventBridge.Archive, context: HandlerContext) => context.arn("events", `event-bus/${bus}`)

export const find = ({ archives }: EventBridge.State, name: string) => {
  const archive = archives.get(name)
  return archive === undefined
    ? Effect.fail(EventBridge.notFound(`Archive ${name} does not exist.`))
    : Effect.succeed(archive)
}

const checkSettings = Effect.fnUntraced(function*({ EventPattern, KmsKeyIdentifier }: sdk.UpdateArchiveRequest) {
  if (EventPattern !== undefined) yield* checkPattern(EventPattern)
  if (KmsKeyIdentifier !== undefined) {
    return yield* unsupported(
      "The in-memory EventBridge doesn't encrypt archives with keys. Leave KmsKeyIdentifier out."
    )
  }
})

/** Whether an event belongs into an archive. Replayed events don't. */
const isWanted = ({ settings }: EventBridge.Archive, event: Event): boolean => {
  if (event["replay-name"] !== undefined || settings.EventPattern === undefined) {
    return event["replay-name"] === undefined
  }
  const pattern = patternOf(settings)
  return pattern !== undefined && matches(pattern, event)
}

/** Whether an archive still has, at a time, what came at another. */
export const isKept = ({ settings: { RetentionDays = 0 } }: EventBridge.Archive, at: number, now: number): boolean =>
  RetentionDays === 0 || at + RetentionDays * dayMillis > now

/** Adds an event to the archives of its bus. */
export const add = (
  { archives }: EventBridge.State,
  bus: string,
  event: Event,
  at: number
): void => {
  for (const archive of archives.values()) {
    if (archive.bus !== bus || !isWanted(archive, event)) continue
    const { events } = archive
    // Expired ones, so that an archive that nobody reads doesn't grow.
    while (events[0] !== undefined && !isKept(archive, events[0].at, at)) events.shift()
    events.push({ at, bytes: Buffer.byteLength(JSON.stringify(event)), event })
  }
}

const summary = (archive: EventBridge.Archive, now: number, context: HandlerContext): sdk.Archive => {
  const { RetentionDays = 0 } = archive.settings
  const counted = archive.events.filter(({ at }) => at + context.takes(countTime) <= now && isKept(archive, at, now))
  return {
    ArchiveName: archive.name,
    EventSourceArn: busOf(archive, context),
    State: "ENABLED",
    RetentionDays,
    SizeBytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
    EventCount: counted.length,
    CreationTime: archive.created
  }
}

const ruleName = (archive: string) => `Events-Archive-${archive}`

/** The rule with which AWS sends the events of a bus to an archive. */
const putRule = (bus: EventBridge.Bus, archive: EventBridge.Archive, context: HandlerContext): void => {
  const { Description, EventPattern } = archive.settings
  const name = ruleName(archive.name)
  const target: sdk.Target = {
    Id: name,
    Arn: `arn:${context.partition}:events:${context.region}:::`,
    InputTransformer: {
      InputPathsMap: {},
      InputTemplate: `{"archive-arn": "${archiveArn(archive, context)}:${context.uuid()}", ` +
        `"event": <aws.events.event.json>, "ingestion-time": <aws.events.event.ingestion-time>}`
    }
  }
  const before = bus.rules.get(name)
  bus.rules.set(name, {
    name,
    settings: defined({
      Description,
      EventPattern: JSON.stringify({
        ...(EventPattern === undefined ? {} : JSON.parse(EventPattern) as object),
        "replay-name": [{ exists: false }]
      })
    }),
    state: "ENABLED",
    createdBy: context.account,
    managedBy: "prod.vhs.events.aws.internal",
    tags: [],
    targets: before?.targets ?? new Map([[name, target]])
  })
}

const created = (archive: EventBridge.Archive, context: HandlerContext) => ({
  ArchiveArn: archiveArn(archive, context),
  State: "ENABLED" as const,
  CreationTime: archive.created
})

export const handlers: EventBridge.EventBridgeHandlers = {
  CreateArchive: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* EventBridge.check(input, {
      ...constraints,
      EventSourceArn: { required: true, ...EventBridge.rules.sourceArn }
    })
    const { ArchiveName: name, EventSourceArn } = checked
    if (parseArn(EventSourceArn)?.resource.startsWith("event-bus/") !== true) {
      return yield* EventBridge.validation(
        "Parameter EventSourceArn is not valid. Reason: Must contain an event bus ARN."
      )
    }
    if (state.archives.has(name)) return yield* EventBridge.alreadyExists(`Archive ${name}`)
    const bus = yield* EventBridge.findBus(state, EventSourceArn, context)
    yield* checkSettings(checked)
    if (bus.rules.size >= EventBridge.limits.rules) return yield* EventBridge.limitExceeded
    const archive: EventBridge.Archive = {
      name,
      bus: bus.name,
      settings: pick(checked, settings),
      created: new Date(yield* Clock.currentTimeMillis),
      events: []
    }
    state.archives.set(name, archive)
    putRule(bus, archive, context)
    return created(archive, context)
  }),

  DescribeArchive: Effect.fnUntraced(function*(input, state, context) {
    const { ArchiveName } = yield* EventBridge.check(input, { ArchiveName: EventBridge.rules.archiveName })
    const archive = yield* find(state, ArchiveName)
    return {
      ArchiveArn: archiveArn(archive, context),
      ...archive.settings,
      ...summary(archive, yield* Clock.currentTimeMillis, context)
    }
  }),

  UpdateArchive: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* EventBridge.check(input, constraints)
    const before = yield* find(state, checked.ArchiveName)
    yield* checkSettings(checked)
    const archive = { ...before, settings: { ...before.settings, ...pick(checked, settings) } }
    state.archives.set(archive.name, archive)
    const bus = state.buses.get(archive.bus)
    if (bus !== undefined) putRule(bus, archive, context)
    return created(archive, context)
  }),

  ListArchives: Effect.fnUntraced(function*(input, state, context) {
    const { EventSourceArn, NamePrefix, State } = yield* EventBridge.check(input, {
      NamePrefix: { min: 1, max: 48, pattern: EventBridge.plainName },
      EventSourceArn: EventBridge.rules.sourceArn,
      State: { enum: states },
      NextToken: EventBridge.rules.token,
      Limit: EventBridge.rules.limit
    })
    yield* EventBridge.checkFilters({ EventSourceArn, NamePrefix, State }, context)
    const now = yield* Clock.currentTimeMillis
    const found = [...state.archives.values()].filter((archive) =>
      archive.name.startsWith(NamePrefix ?? "") &&
      (EventSourceArn === undefined || busOf(archive, context) === EventSourceArn) &&
      (State === undefined || State === "ENABLED")
    )
    const [page, token] = yield* EventBridge.page(found, input, context)
    return { Archives: page.map((archive) => summary(archive, now, context)), NextToken: token }
  }),

  DeleteArchive: Effect.fnUntraced(function*(input, state) {
    const { ArchiveName } = yield* EventBridge.check(input, { ArchiveName: EventBridge.rules.archiveName })
    const archive = yield* find(state, ArchiveName)
    state.archives.delete(ArchiveName)
    state.buses.get(archive.bus)?.rules.delete(ruleName(ArchiveName))
    return {}
  })
}
