/** Maintenance windows. They are there, and know when they would run; they have no targets and run no tasks. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import { Fault } from "../engine/service.ts"
import { idempotent } from "../support/idempotency.ts"
import { defined, pick } from "../support/members.ts"
import { hasRun, isZone, nextRun, offsetAt, parseSchedule } from "../support/schedules.ts"
import * as Ssm from "./state.ts"

/** How many windows a region of an account may have. */
const MOST = 50

const dayMillis = 86_400_000

const members = [
  "Name",
  "Description",
  "StartDate",
  "EndDate",
  "Schedule",
  "ScheduleTimezone",
  "ScheduleOffset",
  "Duration",
  "Cutoff",
  "AllowUnassociatedTargets"
] as const

const rules = {
  Name: { min: 3, max: 128, pattern: "^[a-zA-Z0-9_\\-.]{3,128}$" },
  Description: { min: 1, max: 128 },
  Schedule: { min: 1, max: 256 },
  ScheduleOffset: { min: 1, max: 6 },
  Duration: { min: 1, max: 24 },
  Cutoff: { min: 0, max: 23 }
} as const

const required = {
  Name: { ...rules.Name, required: true },
  Schedule: { ...rules.Schedule, required: true },
  Duration: { ...rules.Duration, required: true },
  Cutoff: { ...rules.Cutoff, required: true },
  AllowUnassociatedTargets: { required: true }
} as const

const windowId = { required: true, min: 20, max: 20, pattern: "^mw-[0-9a-f]{17}$" } as const

const parse = (expression: string | undefined) => parseSchedule(expression ?? "", "Systems Manager")

/** Why a schedule isn't valid. */
const problemWith = (expression: string): string => {
  const [, kind = "", text = ""] = /^(rate|cron|at)\((.*)\)$/i.exec(expression) ?? []
  switch (kind.toLowerCase()) {
    case "at":
      return "Invalid schedule at DateTime expression"
    case "cron": {
      const [date, , weekday] = text.trim().split(/ +/).slice(-4)
      return date !== "?" && weekday !== "?" && text.trim().split(/ +/).length >= 6
        ? "Specifying both a day-of-week AND a day-of-month parameter is not supported."
        : "Invalid CRON expression"
    }
    default:
      return /^rate\(0+ ?(?:minutes?|hours?|days?)\)$/i.test(expression)
        ? "Invalid schedule frequency"
        : String.raw`Schedule expressions must have the following syntax: rate(<number>\s?(minutes?|hours?|days?)), ` +
          "cron(<cron_expression>) or at(yyyy-MM-dd'T'HH:mm:ss)."
  }
}

/** Whether a schedule names a weekday of the month, such as TUE#3 or 6L. Only these have offsets. */
const isOfWeekday = (expression: string): boolean => /^cron\(.* \S*[#L]\S* \S+\)$/i.test(expression)

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))

/** Checks the settings of a window as a whole. */
const checkSettings = Effect.fnUntraced(function*(settings: Ssm.Window["settings"]) {
  const { Cutoff = 0, Duration = 0, EndDate, Schedule, ScheduleOffset, ScheduleTimezone, StartDate } = settings
  if (Cutoff >= Duration) {
    return yield* Ssm.validation(`Cutoff was ${Cutoff} but must be smaller than ${Duration - 1} (Duration - 1)`)
  }
  const schedule = parse(Schedule)
  if (schedule === undefined || !hasRun(schedule)) return yield* Ssm.validation(problemWith(Schedule ?? ""))
  if (ScheduleOffset !== undefined && !isOfWeekday(Schedule ?? "")) {
    return yield* Ssm.validation("An offset can't be added to the specified schedule.")
  }
  if (ScheduleTimezone !== undefined && !isZone(ScheduleTimezone)) {
    return yield* Ssm.validation(`ScheduleTimezone ${ScheduleTimezone} isn't a valid time zone.`)
  }
  for (const date of [StartDate, EndDate]) {
    if (date !== undefined && !isDate(date)) {
      return yield* Ssm.validation(
        `DateTime ${date} is malformed, format either must contain an offset - e.g. '2018-01-01T00:00:00-02:00' or ` +
          "'2018-01-01T00:00:00Z'"
      )
    }
  }
  if (StartDate !== undefined && EndDate !== undefined && Date.parse(StartDate) >= Date.parse(EndDate)) {
    return yield* Ssm.validation("Window start date must be before window end date")
  }
})

const two = (number: number): string => String(Math.floor(number)).padStart(2, "0")

/** A time in a zone as answers have it: `2019-02-03T02:00-08:00`, with the seconds only if there are any. */
const shownIn = (zone: string, millis: number): string => {
  const offset = offsetAt(zone, millis)
  const [date, time = ""] = new Date(millis + offset).toISOString().slice(0, -1).split("T")
  const minutes = Math.abs(offset) / 60_000
  return `${date}T${time.replace(/\.000$/, "").replace(/^(\d\d:\d\d):00$/, "$1")}` +
    (offset === 0 ? "Z" : `${offset < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`)
}

/** When a window runs next, if it does. */
const nextOf = ({ created, enabled, settings }: Ssm.Window, now: number): string | undefined => {
  const { EndDate, Schedule, ScheduleOffset = 0, ScheduleTimezone: zone = "UTC", StartDate } = settings
  const schedule = parse(Schedule)
  if (!enabled || schedule === undefined) return undefined
  const start = StartDate === undefined ? 0 : Date.parse(StartDate)
  const wait = ScheduleOffset * dayMillis
  const run = nextRun(schedule, Math.max(now, start - 1) - wait, { since: Math.max(created.getTime(), start), zone })
  return run === undefined || (EndDate !== undefined && run + wait > Date.parse(EndDate))
    ? undefined
    : shownIn(zone, run + wait)
}

const identityOf = (window: Ssm.Window, now: number): sdk.MaintenanceWindowIdentity => {
  const { AllowUnassociatedTargets: _, ...settings } = window.settings
  return defined({
    WindowId: window.id,
    ...settings,
    Enabled: window.enabled,
    NextExecutionTime: nextOf(window, now)
  })
}

const find = ({ windows }: Ssm.State, id: string) => {
  const window = windows.get(id)
  return window === undefined ? Effect.fail(Ssm.windowNotFound(id)) : Effect.succeed(window)
}

const filterOf = Effect.fnUntraced(function*({ Key, Values = [] }: sdk.MaintenanceWindowFilter) {
  if (Key === "Name") return (window: Ssm.Window) => Values.includes(window.settings.Name ?? "")
  if (Key === "Enabled") {
    const wanted = Values.map((value) => value.toLowerCase())
    return (window: Ssm.Window) => wanted.includes(String(window.enabled))
  }
  return yield* Ssm.validation(`The filter key ${Key ?? null} isn't valid. Supported filter keys are Name and Enabled.`)
})

export const windows: Ssm.SsmHandlers = {
  CreateMaintenanceWindow: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      ...rules,
      ...required,
      ClientToken: { min: 1, max: 64 },
      Tags: Ssm.tagRules
    })
    const settings = pick(checked, members) as Ssm.Window["settings"]
    yield* checkSettings(settings)
    const tags = yield* Ssm.tags.add([], checked.Tags ?? [])
    const now = new Date(yield* Clock.currentTimeMillis)
    const WindowId = yield* idempotent(
      state.tokens,
      {
        token: checked.ClientToken,
        request: canonical(input, ["ClientToken"]),
        lifetime: dayMillis,
        mismatch: new Fault({
          code: "IdempotentParameterMismatch",
          message: "The parameters don't match those of the first request with the same ClientToken."
        })
      },
      Effect.gen(function*() {
        if (state.windows.size >= MOST) {
          return yield* new Fault({
            code: "ResourceLimitExceededException",
            message: `The account has the maximum number of maintenance windows, ${MOST}, in this region.`
          })
        }
        const id = context.id("mw-0", 16)
        state.windows.set(id, { id, settings, enabled: true, created: now, modified: now, tags })
        return id
      })
    )
    return { WindowId }
  }),

  GetMaintenanceWindow: Effect.fnUntraced(function*(input, state) {
    const { WindowId } = yield* Ssm.check(input, { WindowId: windowId })
    const window = yield* find(state, WindowId)
    return {
      ...identityOf(window, yield* Clock.currentTimeMillis),
      AllowUnassociatedTargets: window.settings.AllowUnassociatedTargets,
      CreatedDate: window.created,
      ModifiedDate: window.modified
    }
  }),

  UpdateMaintenanceWindow: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Ssm.check(input, { ...rules, WindowId: windowId })
    if (checked.Replace === true) yield* Ssm.check(input, required)
    const window = yield* find(state, checked.WindowId)
    const { Enabled = window.enabled, Replace = false } = checked
    const settings = {
      ...(Replace ? {} : window.settings),
      ...pick(checked, members)
    } as Ssm.Window["settings"]
    yield* checkSettings(settings)
    const modified = new Date(yield* Clock.currentTimeMillis)
    const updated = { ...window, settings, enabled: Enabled, modified }
    state.windows.set(window.id, updated)
    return { ...settings, WindowId: window.id, Enabled }
  }),

  DescribeMaintenanceWindows: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, {
      Filters: { max: 5, members: { Key: { min: 1, max: 128 }, Values: { each: { min: 1, max: 256 } } } },
      MaxResults: { min: 10, max: 100 }
    })
    const filters = yield* Effect.forEach(checked.Filters ?? [], filterOf)
    const found = [...state.windows.values()].filter((window) => filters.every((matches) => matches(window)))
    const now = yield* Clock.currentTimeMillis
    const [page, token] = yield* Ssm.page(context, found, input, 50, ({ id }) => id)
    return { WindowIdentities: page.map((window) => identityOf(window, now)), NextToken: token }
  }),

  DeleteMaintenanceWindow: Effect.fnUntraced(function*(input, state) {
    const { WindowId } = yield* Ssm.check(input, { WindowId: windowId })
    state.windows.delete(WindowId)
    return { WindowId }
  })
}
