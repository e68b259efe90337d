/** In-memory EventBridge: replays of archived events. */
import type * as sdk from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { defined, pick } from "../support/members.ts"
import { archiveArn, isKept } from "./archives.ts"
import { arrive, type StateOf } from "./delivering.ts"
import type { Event } from "./event.ts"
import * as EventBridge from "./state.ts"

/** How long a replay takes to start, to end, and to stop after it was cancelled. */
const times = { start: 10_000, end: 60_000, stop: 10_000 } as const

const states = ["STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"] as const

const request = ["Description", "Destination", "EventEndTime", "EventSourceArn", "EventStartTime"] as const

const replayName = { required: true, min: 1, max: 64, pattern: EventBridge.plainName } as const

const find = ({ replays }: EventBridge.State, name: string) => {
  const replay = replays.get(name)
  return replay === undefined
    ? Effect.fail(EventBridge.notFound(`Replay ${name} does not exist.`))
    : Effect.succeed(replay)
}

/** The state of a replay, and when it ended. */
const phaseOf = ({ cancelled, started }: EventBridge.Replay, now: number, { takes }: HandlerContext) => {
  if (cancelled !== undefined) {
    const end = cancelled + takes(times.stop)
    return { state: end <= now ? "CANCELLED" as const : "CANCELLING" as const, end }
  }
  const end = started + takes(times.end)
  if (end <= now) return { state: "COMPLETED" as const, end }
  return { state: started + takes(times.start) <= now ? "RUNNING" as const : "STARTING" as const, end: undefined }
}

/** How far a replay has come. */
const lastOf = ({ minute, request }: EventBridge.Replay, state: sdk.ReplayState): Date | undefined =>
  state === "COMPLETED" ? request.EventEndTime : minute === undefined ? undefined : new Date(minute)

const summary = (replay: EventBridge.Replay, now: number, context: HandlerContext): sdk.Replay => {
  const { end, state } = phaseOf(replay, now, context)
  return defined({
    ReplayName: replay.name,
    EventSourceArn: replay.request.EventSourceArn,
    State: state,
    EventStartTime: replay.request.EventStartTime,
    EventEndTime: replay.request.EventEndTime,
    EventLastReplayedTime: lastOf(replay, state),
    ReplayStartTime: new Date(replay.started),
    ReplayEndTime: end !== undefined && end <= now ? new Date(end) : undefined
  })
}

const arnOf = ({ name }: EventBridge.Replay, context: HandlerContext) => context.arn("events", `replay/${name}`)

const minuteMillis = 60_000

const minuteOf = ({ time }: Event): number => Math.floor(Date.parse(time) / minuteMillis) * minuteMillis

/** The key of the timer of a replay. */
const timerOf = (name: string) => `replay/${name}`

export const nameOfTimer = (key: string): string | undefined => key.startsWith("replay/") ? nameIn(key) : undefined

/** The events of a minute, in their order. */
interface Minute {
  readonly minute: number
  readonly events: ReadonlyArray<EventBridge.Archived>
}

const minutesIn = (
  { request, started }: EventBridge.Replay,
  events: EventBridge.Archive["events"]
): ReadonlyArray<Minute> => {
  // Times of events are whole seconds.
  const start = Math.floor(request.EventStartTime!.getTime() / 1_000) * 1_000
  const end = request.EventEndTime!.getTime()
  const chosen = events
    .map((archived) => ({ archived, time: Date.parse(archived.event.time) }))
    .filter(({ archived: { at }, time }) => at <= started && time >= start && time <= end)
    .sort((a, b) => a.time - b.time)
  const minutes = new Map<number, Array<EventBridge.Archived>>()
  for (const { archived } of chosen) {
    const minute = minuteOf(archived.event)
    const known = minutes.get(minute)
    if (known === undefined) minutes.set(minute, [archived])
    else known.push(archived)
  }
  return Array.from(minutes, ([minute, events]) => ({ minute, events }))
}

interface Course {
  readonly of: EventBridge.Archive["events"]
  readonly minutes: ReadonlyArray<Minute>
  /** The place of the minute that comes next. */
  next: number
}

// Sorted once for each replay, and again after its world was restored: an archive may have as many minutes as events.
const courses = new WeakMap<EventBridge.Replay["request"], Course>()

const courseOf = (replay: EventBridge.Replay, { events }: EventBridge.Archive): Course => {
  const known = courses.get(replay.request)
  if (known?.of === events) return known
  const course = { of: events, minutes: minutesIn(replay, events), next: 0 }
  courses.set(replay.request, course)
  return course
}

/** The minutes that a replay hasn't sent yet: the first, and how many there are. Leaves out what the archive keeps no longer. */
const leftOf = (replay: EventBridge.Replay, archive: EventBridge.Archive, now: number) => {
  const course = courseOf(replay, archive)
  const { minutes } = course
  for (; course.next < minutes.length; course.next++) {
    const { events, minute } = minutes[course.next]!
    if (minute <= (replay.minute ?? -Infinity)) continue
    const kept = events.filter(({ at }) => isKept(archive, at, now))
    if (kept.length > 0) return { minute, events: kept, count: minutes.length - course.next }
  }
  return undefined
}

/** Sends the events of the next minute. AWS replays minute by minute. */
export const replayNext = Effect.fnUntraced(function*(
  name: string,
  state: EventBridge.State,
  stateOf: StateOf,
  context: HandlerContext
) {
  const replay = state.replays.get(name)
  const now = yield* Clock.currentTimeMillis
  if (replay === undefined || phaseOf(replay, now, context).state !== "RUNNING") return
  const archive = state.archives.get(nameIn(replay.request.EventSourceArn ?? ""))
  const bus = archive && state.buses.get(archive.bus)
  const left = archive && leftOf(replay, archive, now)
  if (bus === undefined || left === undefined) return
  state.replays.set(name, { ...replay, minute: left.minute })
  const { account, region } = context
  const only = replay.request.Destination?.FilterArns
  for (const { event } of left.events) {
    yield* arrive(
      { event: { ...event, "replay-name": name }, at: now, place: { account, region }, bus, only },
      stateOf,
      context
    )
  }
  const end = replay.started + context.takes(times.end)
  if (left.count > 1) context.wakeAt(timerOf(name), now + (end - now) / left.count)
})

export const handlers: EventBridge.EventBridgeHandlers = {
  StartReplay: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* EventBridge.check(input, {
      ReplayName: replayName,
      Description: EventBridge.rules.description,
      EventSourceArn: { required: true, ...EventBridge.rules.sourceArn },
      EventStartTime: { required: true },
      EventEndTime: { required: true },
      Destination: { required: true, members: { Arn: EventBridge.rules.arn } }
    })
    const { EventEndTime, EventSourceArn, EventStartTime, ReplayName: name } = checked
    const destination = { ...checked.Destination }
    if (parseArn(destination.Arn ?? "")?.resource.startsWith("event-bus/") !== true) {
      return yield* EventBridge.validation(
        "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN."
      )
    }
    const bus = yield* EventBridge.findBus(state, destination.Arn, context)
    const archive = state.archives.get(nameIn(EventSourceArn))
    if (archive === undefined || archiveArn(archive, context) !== EventSourceArn) {
      return yield* EventBridge.validation(
        `Parameter EventSourceArn is not valid. Reason: Archive ${nameIn(EventSourceArn)} does not exist.`
      )
    }
    if (archive.bus !== bus.name) {
      return yield* EventBridge.validation(
        "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."
      )
    }
    if (EventStartTime >= EventEndTime) {
      return yield* EventBridge.validation(
        "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."
      )
    }
    if (state.replays.has(name)) return yield* EventBridge.alreadyExists(`Replay ${name}`)
    const started = yield* Clock.currentTimeMillis
    const replay: EventBridge.Replay = {
      name,
      request: { ...pick(checked, request), Destination: destination } as EventBridge.Replay["request"],
      started,
      cancelled: undefined,
      minute: undefined
    }
    state.replays.set(name, replay)
    context.wakeAt(timerOf(name), started + context.takes(times.start))
    return { ReplayArn: arnOf(replay, context), State: "STARTING" as const, ReplayStartTime: new Date(started) }
  }),

  DescribeReplay: Effect.fnUntraced(function*(input, state, context) {
    const { ReplayName } = yield* EventBridge.check(input, { ReplayName: replayName })
    const replay = yield* find(state, ReplayName)
    return {
      ReplayArn: arnOf(replay, context),
      ...replay.request,
      ...summary(replay, yield* Clock.currentTimeMillis, context)
    }
  }),

  ListReplays: Effect.fnUntraced(function*(input, state, context) {
    const { EventSourceArn, NamePrefix, State } = yield* EventBridge.check(input, {
      NamePrefix: { min: 1, max: 64, pattern: EventBridge.plainName },
      EventSourceArn: EventBridge.rules.sourceArn,
      State: { enum: states },
      NextToken: EventBridge.rules.token,
      Limit: EventBridge.rules.limit
    })
    yield* EventBridge.checkFilters({ EventSourceArn, NamePrefix, State }, context)
    const now = yield* Clock.currentTimeMillis
    const found = [...state.replays.values()].filter((replay) =>
      replay.name.startsWith(NamePrefix ?? "") &&
      (EventSourceArn === undefined || replay.request.EventSourceArn === EventSourceArn) &&
      (State === undefined || phaseOf(replay, now, context).state === State)
    )
    const [page, token] = yield* EventBridge.page(found, input, context)
    return { Replays: page.map((replay) => summary(replay, now, context)), NextToken: token }
  }),

  CancelReplay: Effect.fnUntraced(function*(input, state, context) {
    const { ReplayName } = yield* EventBridge.check(input, { ReplayName: replayName })
    const replay = yield* find(state, ReplayName)
    const now = yield* Clock.currentTimeMillis
    if (!["STARTING", "RUNNING"].includes(phaseOf(replay, now, context).state)) {
      return yield* new Fault({
        code: "IllegalStatusException",
        message: `Replay ${ReplayName} is not in a valid state for this operation.`
      })
    }
    state.replays.set(ReplayName, { ...replay, cancelled: now })
    return { ReplayArn: arnOf(replay, context), State: "CANCELLING" as const }
  })
}
