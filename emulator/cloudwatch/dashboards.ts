/** In-memory CloudWatch: dashboards. Nobody looks at them here: only their form is checked. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { tagRules } from "./alarmChecks.ts"
import { alarmTags } from "./alarmTags.ts"
import { dashboardsOf } from "./everywhere.ts"
import { check, type CloudWatchHandlers, invalid, missing } from "./state.ts"

const arnOf = (name: string, context: HandlerContext) => context.arn("cloudwatch", `dashboard/${name}`, { region: "" })

const notFound = (name: string) =>
  new Fault({ code: "DashboardNotFoundError", statusCode: 404, message: `Dashboard ${name} does not exist` })

const invalidBody = (Message: string, DataPath = "") =>
  new Fault({
    code: "DashboardInvalidInputError",
    message:
      `The dashboard body is invalid, there are 1 validation errors: [ { DataPath: ${DataPath}, Message: ${Message} } ]`,
    members: { dashboardValidationMessages: [{ DataPath, Message }] }
  })

const checkBody = (body: string) => {
  const read = parseJson(body)
  return read === undefined
    ? Effect.fail(invalidBody("The field DashboardBody must be a valid JSON object"))
    : !isJsonObject(read)
    ? Effect.fail(invalidBody("Should be object"))
    : !Array.isArray(read["widgets"] ?? [])
    ? Effect.fail(invalidBody("Should be array", "/widgets"))
    : Effect.void
}

const checkName = Effect.fnUntraced(function*(name: string | undefined) {
  if (name === undefined) return yield* missing("DashboardName")
  if (!/^[A-Za-z0-9_-]+$/.test(name) || name.length > 255) {
    return yield* invalid(
      `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n`
    )
  }
  return name
})

/** How many dashboards a page has. */
const pageSize = 1_000

export const handlers: CloudWatchHandlers = {
  PutDashboard: Effect.fnUntraced(function*(input, _, context) {
    const name = yield* checkName(input.DashboardName)
    const { DashboardBody, Tags = [] } = yield* check(input, { DashboardBody: { required: true }, Tags: tagRules })
    yield* checkBody(DashboardBody)
    const tags = yield* alarmTags.add([], Tags)
    const dashboards = dashboardsOf(context)
    const modified = new Date(yield* Clock.currentTimeMillis)
    // Tags apply only to a new dashboard.
    dashboards.set(name, { name, body: DashboardBody, modified, tags: dashboards.get(name)?.tags ?? tags })
    return { DashboardValidationMessages: [] }
  }),

  GetDashboard: Effect.fnUntraced(function*(input, _, context) {
    const name = yield* checkName(input.DashboardName)
    const dashboard = dashboardsOf(context).get(name)
    return dashboard === undefined
      ? yield* notFound(name)
      : { DashboardArn: arnOf(name, context), DashboardBody: dashboard.body, DashboardName: name }
  }),

  ListDashboards: Effect.fnUntraced(function*(input, _, context) {
    const { DashboardNamePrefix = "", NextToken } = input
    const found = [...dashboardsOf(context).values()].filter(({ name }) => name.startsWith(DashboardNamePrefix))
    const [page, token] = yield* context.page(found, {
      token: NextToken,
      size: pageSize,
      key: ({ name }) => name,
      query: input,
      invalid: invalid("Request parameter NextToken is invalid")
    })
    return {
      DashboardEntries: page.map(({ body, modified, name }) => ({
        DashboardName: name,
        DashboardArn: arnOf(name, context),
        LastModified: modified,
        Size: Buffer.byteLength(body)
      })),
      NextToken: token
    }
  }),

  DeleteDashboards: Effect.fnUntraced(function*({ DashboardNames = [] }, _, context) {
    if (DashboardNames.length === 0) return yield* missing("DashboardNames")
    const dashboards = dashboardsOf(context)
    // All or nothing.
    for (const name of DashboardNames) {
      if (!dashboards.has(yield* checkName(name))) return yield* notFound(name)
    }
    for (const name of DashboardNames) dashboards.delete(name)
    return {}
  })
}
