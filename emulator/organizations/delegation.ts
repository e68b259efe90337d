/** Services with trusted access, and the accounts that administer a service for the organization. */
import * as Effect from "effect/Effect"
import { check, rules } from "./constraints.ts"
import * as Faults from "./faults.ts"
import { enterWithAllFeatures } from "./lifecycle.ts"
import * as Orgs from "./state.ts"

const unrecognized = Faults.invalidInput(
  "UNRECOGNIZED_SERVICE_PRINCIPAL",
  "You specified an unrecognized service principal."
)

/** A service principal. The services that AWS integrates with Organizations aren't listed here: each name of this form is one. */
const checkService = (principal: string) =>
  /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(principal) ? Effect.void : Effect.fail(unrecognized)

/** The earliest time that an account administers a service. */
const since = (services: ReadonlyMap<string, Date>): Date =>
  new Date(Math.min(...Array.from(services.values(), (date) => date.getTime())))

export const delegation: Orgs.OrganizationsHandlers = {
  EnableAWSServiceAccess: Effect.fnUntraced(function*(input, state, context) {
    const { ServicePrincipal } = yield* check(input, { ServicePrincipal: rules.servicePrincipal })
    const [{ services }, now] = yield* enterWithAllFeatures(state, context, "management")
    yield* checkService(ServicePrincipal)
    if (!services.has(ServicePrincipal)) services.set(ServicePrincipal, new Date(now))
    return {}
  }),

  DisableAWSServiceAccess: Effect.fnUntraced(function*(input, state, context) {
    const { ServicePrincipal } = yield* check(input, { ServicePrincipal: rules.servicePrincipal })
    const [{ administrators, services }] = yield* enterWithAllFeatures(state, context, "management")
    yield* checkService(ServicePrincipal)
    services.delete(ServicePrincipal)
    // An administrator of a service has nothing to administer without it.
    for (const [account, administered] of administrators) {
      administered.delete(ServicePrincipal)
      if (administered.size === 0) administrators.delete(account)
    }
    return {}
  }),

  ListAWSServiceAccessForOrganization: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, rules.page)
    const [{ services }] = yield* enterWithAllFeatures(state, context, "administrators")
    const [page, token] = yield* Orgs.page(context, services, checked, ([principal]) => principal)
    return {
      EnabledServicePrincipals: page.map(([ServicePrincipal, DateEnabled]) => ({ ServicePrincipal, DateEnabled })),
      NextToken: token
    }
  }),

  RegisterDelegatedAdministrator: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { AccountId: rules.account, ServicePrincipal: rules.servicePrincipal })
    const { AccountId, ServicePrincipal } = checked
    const [organization, now] = yield* enterWithAllFeatures(state, context, "management")
    const { administrators, management, services } = organization
    yield* checkService(ServicePrincipal)
    if (AccountId === management) {
      return yield* Faults.violation(
        "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
        "You cannot register master account/yourself as delegated administrator for your organization."
      )
    }
    const account = yield* Orgs.findAccount(organization, AccountId)
    if (account.closure !== undefined) {
      return yield* Faults.violation(
        "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
        "You cannot register a suspended account as a delegated administrator."
      )
    }
    if (!services.has(ServicePrincipal)) {
      return yield* Faults.violation(
        "SERVICE_ACCESS_NOT_ENABLED",
        "You must enable service access for this service principal before you register a delegated administrator."
      )
    }
    const administered = administrators.get(AccountId) ?? new Map<string, Date>()
    if (administered.has(ServicePrincipal)) return yield* Faults.alreadyRegistered
    administrators.set(AccountId, administered.set(ServicePrincipal, new Date(now)))
    return {}
  }),

  DeregisterDelegatedAdministrator: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { AccountId: rules.account, ServicePrincipal: rules.servicePrincipal })
    const { AccountId, ServicePrincipal } = checked
    const [organization] = yield* enterWithAllFeatures(state, context, "management")
    yield* checkService(ServicePrincipal)
    yield* Orgs.findAccount(organization, AccountId)
    const administered = organization.administrators.get(AccountId)
    if (administered?.delete(ServicePrincipal) !== true) return yield* Faults.notRegistered
    if (administered.size === 0) organization.administrators.delete(AccountId)
    return {}
  }),

  ListDelegatedAdministrators: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      ServicePrincipal: rules.principal,
      ...rules.page
    })
    const { ServicePrincipal: service } = checked
    const [organization, now] = yield* enterWithAllFeatures(state, context, "administrators")
    if (service !== undefined) yield* checkService(service)
    const found = [...organization.administrators]
      .filter(([, administered]) => service === undefined || administered.has(service))
    const [page, token] = yield* Orgs.page(context, found, checked, ([account]) => account)
    return {
      DelegatedAdministrators: page.map(([account, administered]) => ({
        ...Orgs.toSdkAccount(organization, organization.accounts.get(account)!, now),
        DelegationEnabledDate: since(administered)
      })),
      NextToken: token
    }
  }),

  ListDelegatedServicesForAccount: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { AccountId: rules.account, ...rules.page })
    const { AccountId } = checked
    const [organization] = yield* enterWithAllFeatures(state, context, "administrators")
    yield* Orgs.findAccount(organization, AccountId)
    const administered = organization.administrators.get(AccountId)
    if (administered === undefined) return yield* Faults.notRegistered
    const [page, token] = yield* Orgs.page(context, administered, checked, ([principal]) => principal)
    return {
      DelegatedServices: page.map(([ServicePrincipal, DelegationEnabledDate]) => ({
        ServicePrincipal,
        DelegationEnabledDate
      })),
      NextToken: token
    }
  })
}
