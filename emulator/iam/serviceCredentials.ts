/** Service-specific credentials: user names and passwords for one service, such as CodeCommit. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { unsupported } from "../engine/unsupported.ts"
import { userOf } from "./callers.ts"
import { checkQuota } from "./quotas.ts"
import * as Iam from "./state.ts"

const UserName = Iam.rules.shortName
const optionalName = { min: 1, max: 64 } as const
const ServiceSpecificCredentialId = { required: true, min: 20, max: 128, pattern: "[\\w]+" } as const

/** The services with a user name and a password. Amazon Bedrock has API keys. */
const services = new Set(["cassandra.amazonaws.com", "codecommit.amazonaws.com"])

const checkService = Effect.fnUntraced(function*(service: string) {
  if (service === "bedrock.amazonaws.com") {
    return yield* unsupported("The in-memory IAM doesn't have API keys of Amazon Bedrock.")
  }
  if (!services.has(service)) {
    return yield* Iam.noSuchEntity(`No such service ${service} is supported for Service Specific Credentials`)
  }
})

const find = ({ services }: Iam.User, id: string) =>
  Effect.fromNullishOr(services.get(id)).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`No such credential ${id} exists`))
  )

const toMetadata = (
  user: Iam.User,
  id: string,
  { created, service, status, userName }: Iam.ServiceCredential
): sdk.ServiceSpecificCredentialMetadata => ({
  UserName: user.name,
  Status: status,
  ServiceUserName: userName,
  CreateDate: created,
  ServiceSpecificCredentialId: id,
  ServiceName: service
})

const withPassword = (user: Iam.User, id: string, credential: Iam.ServiceCredential) => ({
  ServiceSpecificCredential: { ...toMetadata(user, id, credential), ServicePassword: credential.password }
})

/** The user name at the service, which is unique: `ann-at-123456789012`, then `ann+1-at-123456789012`. */
const nameAt = (user: Iam.User, account: string, taken: ReadonlyArray<string>): string => {
  for (let i = 0;; i++) {
    const name = `${user.name}${i === 0 ? "" : `+${i}`}-at-${account}`
    if (!taken.includes(name)) return name
  }
}

export const serviceCredentials: Iam.IamHandlers = {
  CreateServiceSpecificCredential: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      UserName,
      ServiceName: { required: true },
      CredentialAgeDays: { min: 1, max: 36_600 }
    })
    const { ServiceName: service } = checked
    const user = yield* Iam.findUser(state, checked.UserName)
    yield* checkService(service)
    const own = [...user.services.values()].filter((credential) => credential.service === service)
    // The quota is for each service, whatever its name says.
    yield* checkQuota("ServiceSpecificCredentialsPerUser", own.length + 1)
    const id = Iam.newId(context, "ACCA")
    const credential: Iam.ServiceCredential = {
      service,
      userName: nameAt(user, context.account, own.map(({ userName }) => userName)),
      created: yield* Iam.now,
      password: context.id("", 44),
      status: "Active"
    }
    user.services.set(id, credential)
    return withPassword(user, id, credential)
  }),

  ListServiceSpecificCredentials: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const checked = yield* Iam.check(input, { UserName: optionalName, Marker, MaxItems })
    const { AllUsers = false, ServiceName: service } = checked
    if (AllUsers && checked.UserName !== undefined) {
      return yield* Iam.invalidInput("UserName and AllUsers cannot be specified together.")
    }
    const owners = AllUsers ? [...state.users.values()] : [yield* userOf(state, checked.UserName, context)]
    if (service !== undefined) yield* checkService(service)
    const found = owners.flatMap((user) =>
      [...user.services].filter(([, one]) => service === undefined || one.service === service)
        .map(([id, one]) => toMetadata(user, id, one))
    )
    const [page, { IsTruncated, ...next }] = yield* Iam.listPage(
      context,
      input,
      found,
      (one) => one.ServiceSpecificCredentialId!
    )
    return { ServiceSpecificCredentials: [...page], ...(IsTruncated && { IsTruncated, ...next }) }
  }),

  UpdateServiceSpecificCredential: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      UserName: optionalName,
      ServiceSpecificCredentialId,
      Status: Iam.rules.status
    })
    const user = yield* userOf(state, checked.UserName, context)
    const credential = yield* find(user, checked.ServiceSpecificCredentialId)
    credential.status = yield* Iam.checkStatus(checked.Status)
    return {}
  }),

  ResetServiceSpecificCredential: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { UserName: optionalName, ServiceSpecificCredentialId })
    const user = yield* userOf(state, checked.UserName, context)
    const credential = yield* find(user, checked.ServiceSpecificCredentialId)
    credential.password = context.id("", 44)
    return withPassword(user, checked.ServiceSpecificCredentialId, credential)
  }),

  DeleteServiceSpecificCredential: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { UserName: optionalName, ServiceSpecificCredentialId })
    const user = yield* userOf(state, checked.UserName, context)
    yield* find(user, checked.ServiceSpecificCredentialId)
    user.services.delete(checked.ServiceSpecificCredentialId)
    return {}
  })
}
