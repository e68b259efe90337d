/** In-memory ECS: account settings, which are those of a user or a role, or else those of the account. */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import type { CallContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { roleOf } from "../support/callers.ts"
import * as Ecs from "./state.ts"

interface Rule {
  readonly default: string
  readonly values: ReadonlyArray<string>
  readonly managedBy?: "aws_managed"
}

const toggle = { default: "disabled", values: ["enabled", "disabled"] } as const
const longArns = { default: "enabled", values: ["enabled", "disabled"] } as const

/** The settings, with their defaults. */
const rules: Readonly<Record<sdk.SettingName, Rule>> = {
  serviceLongArnFormat: longArns,
  taskLongArnFormat: longArns,
  containerInstanceLongArnFormat: longArns,
  awsvpcTrunking: toggle,
  containerInsights: { default: "disabled", values: ["enabled", "disabled", "enhanced"] },
  fargateFIPSMode: toggle,
  tagResourceAuthorization: { default: "off", values: ["on", "off"] },
  fargateTaskRetirementWaitPeriod: { default: "7", values: ["0", "7", "14"] },
  guardDutyActivate: { default: "off", values: ["on", "off"], managedBy: "aws_managed" },
  defaultLogDriverMode: { default: "non-blocking", values: ["blocking", "non-blocking"] },
  fargateEventWindows: toggle
}

const isName = (name: string | undefined): name is sdk.SettingName => name !== undefined && Object.hasOwn(rules, name)

const rootOf = (context: CallContext) => context.arn("iam", "root", { region: "" })

/** The settings of sessions are those of their role. */
const callerOf = (context: CallContext): string => {
  const role = roleOf(context.principal)
  return role === undefined ? context.principal.arn : context.arn("iam", `role/${role}`, { region: "" })
}

/** The value of a setting for the caller. */
export const settingOf = (
  { accountSettings }: Ecs.State,
  name: sdk.SettingName,
  context: CallContext,
  principal = callerOf(context)
): string =>
  accountSettings.get(principal)?.get(name) ?? accountSettings.get(rootOf(context))?.get(name) ?? rules[name].default

const toSetting = (name: sdk.SettingName, value: string, principalArn: string): sdk.Setting => ({
  name,
  value,
  principalArn,
  type: rules[name].managedBy ?? "user"
})

const checkName = (name: string | undefined) =>
  isName(name)
    ? Effect.succeed(name)
    : Effect.fail(Ecs.invalid(`${name ?? null} should be one of [${Object.keys(rules).join(",")}]`))

const put = Effect.fnUntraced(function*(
  input: { readonly name: string | undefined; readonly value: string | undefined },
  state: Ecs.State,
  principal: string
) {
  const name = yield* checkName(input.name)
  const { value = "" } = input
  if (!rules[name].values.includes(value)) {
    return yield* Ecs.invalid(
      `Invalid value for the account setting ${name}: use one of ${rules[name].values.join(", ")}.`
    )
  }
  if (rules[name].managedBy !== undefined) {
    return yield* Ecs.invalid(`The account setting ${name} is managed by AWS and cannot be changed.`)
  }
  if (name.endsWith("LongArnFormat") && value === "disabled") {
    return yield* unsupported("The in-memory ECS has long ARNs only. Leave the setting enabled.")
  }
  const values = state.accountSettings.get(principal) ?? new Map<string, string>()
  state.accountSettings.set(principal, values.set(name, value))
  return { setting: toSetting(name, value, principal) }
})

export const handlers: Ecs.EcsHandlers = {
  PutAccountSetting: (input, state, context) => put(input, state, input.principalArn ?? callerOf(context)),

  PutAccountSettingDefault: (input, state, context) => put(input, state, rootOf(context)),

  DeleteAccountSetting: Effect.fnUntraced(function*({ name: given, principalArn }, state, context) {
    const name = yield* checkName(given)
    const principal = principalArn ?? callerOf(context)
    state.accountSettings.get(principal)?.delete(name)
    return { setting: { name, principalArn: principal } }
  }),

  ListAccountSettings: Effect.fnUntraced(function*(input, state, context) {
    const { effectiveSettings = false, maxResults = effectiveSettings ? 100 : 10, nextToken, value } = input
    const name = input.name === undefined ? undefined : yield* checkName(input.name)
    const principal = input.principalArn ?? callerOf(context)
    const own = state.accountSettings.get(principal)
    const names = Object.keys(rules).filter(isName)
    const settings = names.filter((one) => effectiveSettings || own?.has(one) === true)
      .map((one) => toSetting(one, settingOf(state, one, context, principal), principal))
    const [page, token] = yield* context.page(
      settings.filter((setting) =>
        (name ?? setting.name) === setting.name && (value ?? setting.value) === setting.value
      ),
      {
        token: nextToken,
        size: maxResults,
        key: (setting) => setting.name ?? "",
        query: input,
        invalid: Ecs.invalidToken
      }
    )
    return { settings: [...page], nextToken: token }
  })
}
