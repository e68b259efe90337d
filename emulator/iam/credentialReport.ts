/** The credential report: a table of all users, and of the age and use of their credentials. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { ACCOUNT_CREATED } from "./callers.ts"
import * as Iam from "./state.ts"

/** AWS makes a new report after four hours at the earliest. */
const LIFETIME = 4 * 3_600_000

/** How long AWS takes to make a report, in milliseconds. */
const GENERATION = 2_000

const columns = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  ...["1", "2"].flatMap((i) => [
    `access_key_${i}_active`,
    `access_key_${i}_last_rotated`,
    `access_key_${i}_last_used_date`,
    `access_key_${i}_last_used_region`,
    `access_key_${i}_last_used_service`
  ]),
  ...["1", "2"].flatMap((i) => [`cert_${i}_active`, `cert_${i}_last_rotated`])
]

/** Times in the report have no fractions of a second. */
const time = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, "+00:00")

const two = <A>(list: ReadonlyArray<A>): readonly [A | undefined, A | undefined] => [list[0], list[1]]

const rowOf = (state: Iam.State, user: Iam.User, context: HandlerContext): ReadonlyArray<string> => {
  const { MaxPasswordAge: days } = state.account.passwords ?? {}
  const { login } = user
  const hasMfa = [...state.mfaDevices.values()].some(({ enabled }) => enabled?.user === user)
  const rotation = login === undefined || days === undefined
    ? "N/A"
    : time(new Date(login.changed.getTime() + days * 86_400_000))
  return [
    user.name,
    user.arn,
    time(user.created),
    String(login !== undefined),
    // Nobody signs in to the console here.
    login === undefined ? "N/A" : "no_information",
    login === undefined ? "N/A" : time(login.changed),
    rotation,
    String(hasMfa),
    ...two([...user.keys]).flatMap((entry) => {
      if (entry === undefined) return ["false", "N/A", "N/A", "N/A", "N/A"]
      const [id, key] = entry
      const used = context.principalOf(id)?.lastUsed ?? key.lastUsed
      return [
        String(key.status === "Active"),
        time(key.created),
        used === undefined ? "N/A" : time(used.date),
        used?.region ?? "N/A",
        used?.service ?? "N/A"
      ]
    }),
    ...two([...user.certificates.values()]).flatMap((certificate) =>
      certificate === undefined
        ? ["false", "N/A"]
        : [String(certificate.status === "Active"), time(certificate.uploaded)]
    )
  ]
}

const rootRow = (context: HandlerContext): ReadonlyArray<string> => [
  "<root_account>",
  context.arn("iam", "root", { region: "" }),
  time(ACCOUNT_CREATED),
  "not_supported",
  "no_information",
  "not_supported",
  "not_supported",
  "false",
  ...[1, 2].flatMap(() => ["false", "N/A", "N/A", "N/A", "N/A"]),
  ...[1, 2].flatMap(() => ["false", "N/A"])
]

export const credentialReport: Iam.IamHandlers = {
  GenerateCredentialReport: Effect.fnUntraced(function*(_, state, context) {
    const generated = yield* Iam.now
    const now = generated.getTime()
    const { report } = state.account
    if (report !== undefined && now < report.generated.getTime() + LIFETIME) {
      return { State: now < report.ready ? "INPROGRESS" : "COMPLETE" }
    }
    const users = [...state.users.values()].sort((a, b) => a.name < b.name ? -1 : 1)
    const rows = [columns, rootRow(context), ...users.map((user) => rowOf(state, user, context))]
    state.account.report = {
      content: rows.map((row) => row.join(",")).join("\n"),
      generated,
      ready: now + context.takes(GENERATION)
    }
    return { State: "STARTED", Description: "No report exists. Starting a new report generation task" }
  }),

  GetCredentialReport: Effect.fnUntraced(function*(_, { account: { report } }) {
    const now = yield* Clock.currentTimeMillis
    if (report === undefined) return yield* Iam.reportNotPresent
    if (now < report.ready) return yield* Iam.reportInProgress
    if (now >= report.generated.getTime() + LIFETIME) return yield* Iam.reportExpired
    return { Content: Buffer.from(report.content), ReportFormat: "text/csv", GeneratedTime: report.generated }
  })
}
