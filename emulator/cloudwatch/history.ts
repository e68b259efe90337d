/** In-memory CloudWatch: the history of alarms. It outlives them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { type Alarm, check, type CloudWatchHandlers, type HistoryItem, type State, validation } from "./state.ts"

/** How long the history is kept. */
const kept = Duration.toMillis("30 days")

/** Adds to the history of an alarm. Forgets what is too old. */
export const record = (
  { history }: State,
  { kind, name }: Alarm,
  item: Pick<HistoryItem, "at" | "data" | "summary" | "type">
): void => {
  history.push({ id: (history.at(-1)?.id ?? 0) + 1, alarm: name, kind, ...item })
  const first = history.findIndex(({ at }) => at >= item.at - kept)
  if (first > 0) history.splice(0, first)
}

const types = [
  "ConfigurationUpdate",
  "StateUpdate",
  "Action",
  "AlarmContributorStateUpdate",
  "AlarmContributorAction"
]

/** Keys that sort as numbers do, or the other way round. */
const keyOf = ({ id }: HistoryItem, isAscending: boolean) =>
  String(isAscending ? id : Number.MAX_SAFE_INTEGER - id).padStart(16, "0")

export const handlers: CloudWatchHandlers = {
  DescribeAlarmHistory: Effect.fnUntraced(function*(input, { history }, context) {
    const {
      AlarmContributorId,
      AlarmName,
      AlarmTypes = ["MetricAlarm"],
      EndDate,
      HistoryItemType,
      MaxRecords = 100,
      NextToken,
      ScanBy,
      StartDate
    } = yield* check(input, {
      AlarmName: { min: 1, max: 255 },
      HistoryItemType: { enum: types },
      MaxRecords: { min: 1, max: 100 },
      ScanBy: { enum: ["TimestampDescending", "TimestampAscending"] }
    })
    if (StartDate !== undefined && EndDate !== undefined && StartDate > EndDate) {
      return yield* validation("The parameter StartDate must be less than or equal to the parameter EndDate.")
    }
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    const found = history.filter((item) =>
      item.at >= now - kept &&
      // The alarms here have no contributors.
      AlarmContributorId === undefined &&
      (AlarmName ?? item.alarm) === item.alarm &&
      AlarmTypes.includes(item.kind) &&
      (HistoryItemType ?? item.type) === item.type &&
      (StartDate === undefined || item.at >= StartDate.getTime()) &&
      (EndDate === undefined || item.at <= EndDate.getTime())
    )
    const [page, token] = yield* context.page(found, {
      token: NextToken,
      size: MaxRecords,
      key: (item) => keyOf(item, ScanBy === "TimestampAscending"),
      query: input,
      invalid: new Fault({ code: "InvalidNextToken", message: "The next token specified is invalid." })
    })
    return {
      AlarmHistoryItems: page.map(({ alarm, at, data, kind, summary, type }) => ({
        AlarmName: alarm,
        AlarmType: kind,
        Timestamp: new Date(at),
        HistoryItemType: type,
        HistorySummary: summary,
        HistoryData: data
      })),
      NextToken: token
    }
  })
}
