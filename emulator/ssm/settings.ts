/** Service settings: what an account has chosen for a region. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { parseArn } from "../support/arn.ts"
import { lookup } from "../support/members.ts"
import * as Ssm from "./state.ts"

const TIER = "/ssm/parameter-store/default-parameter-tier"

/** The settings that are known, the default first. */
const known: Readonly<Record<string, readonly [byDefault: string, ...others: ReadonlyArray<string>]>> = {
  [TIER]: ["Standard", "Advanced", "Intelligent-Tiering"],
  "/ssm/parameter-store/high-throughput-enabled": ["false", "true"],
  "/ssm/managed-instance/activation-tier": ["standard", "advanced"],
  "/ssm/documents/console/public-sharing-permission": ["Enable", "Disable"]
}

/** Settings of AWS whose defaults AWS doesn't document. */
const others = new Set([
  "/ssm/appmanager/appmanager-enabled",
  "/ssm/automation/customer-script-log-destination",
  "/ssm/automation/customer-script-log-group-name",
  "/ssm/automation/enable-adaptive-concurrency",
  "/ssm/managed-instance/default-ec2-instance-management-role",
  "/ssm/opsinsights/opscenter"
])

/** The tier of a parameter that is put without one. */
export const defaultTier = ({ settings }: Ssm.State): string => settings.get(TIER)?.value ?? known[TIER]![0]

const notFound = new Fault({
  code: "ServiceSettingNotFound",
  message:
    "The specified service setting wasn't found. Either the service name or the setting hasn't been provisioned " +
    "by the Amazon Web Services service team."
})

/** When AWS provided the defaults. */
const provided = new Date("2019-04-17T20:26:58.578Z")

const settingOf = Effect.fnUntraced(function*(given: string) {
  const id = given.startsWith("arn:") ? parseArn(given)?.resource.replace(/^servicesetting/, "") ?? given : given
  const values = lookup(known, id)
  if (values !== undefined) return { id, values }
  return others.has(id)
    ? yield* unsupported(`The in-memory SSM doesn't have the service setting ${id}.`)
    : yield* notFound
})

const toSdk = (
  state: Ssm.State,
  { id, values }: { readonly id: string; readonly values: readonly [string, ...ReadonlyArray<string>] },
  context: HandlerContext
): sdk.ServiceSetting => {
  const setting = state.settings.get(id)
  return {
    SettingId: id,
    SettingValue: setting?.value ?? values[0],
    LastModifiedDate: setting?.modified ?? provided,
    LastModifiedUser: setting?.by ?? "System",
    ARN: context.arn("ssm", `servicesetting${id}`),
    Status: setting === undefined ? "Default" : "Customized"
  }
}

const SettingId = { required: true, min: 1, max: 1000 } as const

export const settings: Ssm.SsmHandlers = {
  GetServiceSetting: Effect.fnUntraced(function*(input, state, context) {
    const { SettingId: id } = yield* Ssm.check(input, { SettingId })
    return { ServiceSetting: toSdk(state, yield* settingOf(id), context) }
  }),

  UpdateServiceSetting: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Ssm.check(input, { SettingId, SettingValue: { required: true, min: 1, max: 4096 } })
    const { id, values } = yield* settingOf(checked.SettingId)
    const value = checked.SettingValue
    if (!values.includes(value)) {
      return yield* Ssm.validation(`${value} isn't a valid value for ${id}. Valid values: ${values.join(", ")}.`)
    }
    state.settings.set(id, {
      value,
      modified: new Date(yield* Clock.currentTimeMillis),
      by: context.principal.arn
    })
    return {}
  }),

  ResetServiceSetting: Effect.fnUntraced(function*(input, state, context) {
    const { SettingId: id } = yield* Ssm.check(input, { SettingId })
    const setting = yield* settingOf(id)
    state.settings.delete(setting.id)
    return { ServiceSetting: toSdk(state, setting, context) }
  })
}
