/** The account: its alias, its summary, and when its keys were used. */
import * as Effect from "effect/Effect"
import { summary as quotaSummary } from "./quotas.ts"
import * as Iam from "./state.ts"

const { Marker, MaxItems } = Iam.rules.list

const AccountAlias = { required: true } as const

const checkAlias = (alias: string) =>
  /^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/.test(alias)
    ? Effect.succeed(alias)
    : Effect.fail(Iam.validation(
      "The specified value for accountAlias is invalid. It must be a minimum length of 3 characters and maximum length of 63 " +
        "characters, contain only digits, lowercase letters, and hyphens (-), but cannot begin or end with a hyphen."
    ))

export const account: Iam.IamHandlers = {
  // An account has one alias at most: a new one replaces it.
  CreateAccountAlias: Effect.fnUntraced(function*(input, { account }) {
    const checked = yield* Iam.check(input, { AccountAlias })
    account.alias = yield* checkAlias(checked.AccountAlias)
    return {}
  }),

  ListAccountAliases: Effect.fnUntraced(function*(input, { account: { alias } }, context) {
    yield* Iam.check(input, { Marker, MaxItems })
    const [page, next] = yield* Iam.listPage(context, input, alias === undefined ? [] : [alias], (alias) => alias)
    return { AccountAliases: [...page], ...next }
  }),

  DeleteAccountAlias: Effect.fnUntraced(function*(input, { account }) {
    const checked = yield* Iam.check(input, { AccountAlias })
    const alias = yield* checkAlias(checked.AccountAlias)
    if (account.alias !== alias) {
      return yield* Iam.noSuchEntity(`The account alias with name ${alias} cannot be found.`)
    }
    account.alias = undefined
    return {}
  }),

  GetAccountSummary: (_, state) => {
    const { groups, mfaDevices, oidcProviders, policies, profiles, roles, samlProviders, serverCertificates, users } =
      state
    return Effect.succeed({
      SummaryMap: {
        ...quotaSummary,
        Users: users.size,
        Groups: groups.size,
        Roles: roles.size,
        Policies: policies.size,
        PolicyVersionsInUse: [...policies.values()].reduce((sum, { versions }) => sum + versions.length, 0),
        InstanceProfiles: profiles.size,
        Providers: oidcProviders.size + samlProviders.size,
        ServerCertificates: serverCertificates.size,
        MFADevices: mfaDevices.size,
        MFADevicesInUse: [...mfaDevices.values()].filter(({ enabled }) => enabled !== undefined).length,
        AccountMFAEnabled: 0,
        AccountAccessKeysPresent: 0,
        AccountPasswordPresent: 1,
        AccountSigningCertificatesPresent: 0,
        GlobalEndpointTokenVersion: 1
      }
    })
  }
}
