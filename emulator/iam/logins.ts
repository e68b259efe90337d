/** Passwords of users, and the rules that they follow. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { isRoot } from "../support/callers.ts"
import { defined } from "../support/members.ts"
import { userOf } from "./callers.ts"
import * as Iam from "./state.ts"

const optionalName = { min: 1, max: 64 } as const
const password = { min: 1, max: 128, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" } as const

/** The length that a password needs if the account has no policy. */
const DEFAULT_LENGTH = 8

/** How many of the four kinds of characters a password needs if the account has no policy. */
const DEFAULT_KINDS = 3

const kinds = [
  { rule: "RequireUppercaseCharacters", has: /[A-Z]/, name: "uppercase letter" },
  { rule: "RequireLowercaseCharacters", has: /[a-z]/, name: "lowercase letter" },
  { rule: "RequireNumbers", has: /[0-9]/, name: "number" },
  { rule: "RequireSymbols", has: /[!@#$%^&*()_+\-=[\]{}|']/, name: "symbol" }
] as const

/** Checks a new password by the account's policy, or by AWS's default. */
const checkPassword = Effect.fnUntraced(function*(
  { account: { passwords } }: Iam.State,
  text: string,
  user: { readonly name: string; readonly login: Iam.Login | undefined }
) {
  const length = passwords?.MinimumPasswordLength ?? DEFAULT_LENGTH
  if (text.length < length) return yield* Iam.weakPassword(`Password should have a minimum length of ${length}`)
  const lacking = kinds.filter(({ has, rule }) => (passwords?.[rule] ?? true) && !has.test(text))
    .map(({ name }) => `Password should have at least one ${name}`)
  if (passwords === undefined) {
    const missing = lacking.length - (kinds.length - DEFAULT_KINDS)
    if (missing > 0) {
      return yield* Iam.weakPassword(
        `Password should meet ${missing} more of the following requirements: ${lacking.join(", ")}`
      )
    }
    if (text.toLowerCase() === user.name.toLowerCase()) {
      return yield* Iam.weakPassword("Password should not be identical to the user name.")
    }
  } else if (lacking.length > 0) return yield* Iam.weakPassword(lacking.join(", "))
  const { login } = user
  const remembered = login === undefined ? [] : [login.password, ...login.before]
  if (remembered.slice(0, passwords?.PasswordReusePrevention ?? 0).includes(text)) {
    return yield* Iam.weakPassword("Policy constraint violation with password reuse prevention constraint.")
  }
  return text
})

const findLogin = ({ login, name }: Iam.User) =>
  Effect.fromNullishOr(login).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`Login Profile for User ${name} cannot be found.`))
  )

const toSdkLogin = (user: Iam.User, { created, mustChange }: Iam.Login): sdk.LoginProfile => ({
  UserName: user.name,
  CreateDate: created,
  PasswordResetRequired: mustChange
})

/** AWS remembers as many passwords as a policy can forbid. */
const REMEMBERED = 24

const changed = (login: Iam.Login, text: string, now: Date): Iam.Login => ({
  ...login,
  changed: now,
  password: text,
  before: [login.password, ...login.before].slice(0, REMEMBERED)
})

export const logins: Iam.IamHandlers = {
  CreateLoginProfile: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { UserName: optionalName, Password: password })
    const user = yield* userOf(state, checked.UserName, context)
    if (user.login !== undefined) {
      return yield* Iam.alreadyExists(`Login Profile for user ${user.name} already exists.`)
    }
    // Only a session without the permission to sign in may leave the password out.
    if (checked.Password === undefined) return yield* Iam.validation("Password is required.")
    const now = yield* Iam.now
    user.login = {
      created: now,
      changed: now,
      password: yield* checkPassword(state, checked.Password, user),
      mustChange: checked.PasswordResetRequired ?? false,
      before: []
    }
    return { LoginProfile: toSdkLogin(user, user.login) }
  }),

  GetLoginProfile: Effect.fnUntraced(function*(input, state, context) {
    const { UserName } = yield* Iam.check(input, { UserName: optionalName })
    const user = yield* userOf(state, UserName, context)
    return { LoginProfile: toSdkLogin(user, yield* findLogin(user)) }
  }),

  UpdateLoginProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName: Iam.rules.shortName, Password: password })
    const user = yield* Iam.findUser(state, checked.UserName)
    const login = yield* findLogin(user)
    const now = yield* Iam.now
    user.login = {
      ...(checked.Password === undefined
        ? login
        : changed(login, yield* checkPassword(state, checked.Password, user), now)),
      mustChange: checked.PasswordResetRequired ?? login.mustChange
    }
    return {}
  }),

  DeleteLoginProfile: Effect.fnUntraced(function*(input, state, context) {
    const { UserName } = yield* Iam.check(input, { UserName: optionalName })
    const user = yield* userOf(state, UserName, context)
    yield* findLogin(user)
    user.login = undefined
    return {}
  }),

  ChangePassword: Effect.fnUntraced(function*(input, state, context) {
    const { NewPassword, OldPassword } = yield* Iam.check(input, {
      OldPassword: { required: true, ...password },
      NewPassword: { required: true, ...password }
    })
    if (isRoot(context.principal)) {
      return yield* Iam.invalidUserType("Only IAM Users can change their own password")
    }
    const user = yield* userOf(state, undefined, context)
    const login = yield* findLogin(user)
    if (login.password !== OldPassword) {
      return yield* Iam.accessDenied("The old password was incorrect.")
    }
    const text = yield* checkPassword(state, NewPassword, user)
    user.login = { ...changed(login, text, yield* Iam.now), mustChange: false }
    return {}
  }),

  UpdateAccountPasswordPolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, {
      MinimumPasswordLength: { min: 6, max: 128 },
      MaxPasswordAge: { min: 1, max: 1095 },
      PasswordReusePrevention: { min: 1, max: 24 }
    })
    // Each call sets the whole policy: what it leaves out gets its default.
    state.account.passwords = {
      MinimumPasswordLength: checked.MinimumPasswordLength ?? 6,
      RequireSymbols: checked.RequireSymbols ?? false,
      RequireNumbers: checked.RequireNumbers ?? false,
      RequireUppercaseCharacters: checked.RequireUppercaseCharacters ?? false,
      RequireLowercaseCharacters: checked.RequireLowercaseCharacters ?? false,
      AllowUsersToChangePassword: checked.AllowUsersToChangePassword ?? false,
      MaxPasswordAge: checked.MaxPasswordAge,
      PasswordReusePrevention: checked.PasswordReusePrevention,
      HardExpiry: checked.HardExpiry
    }
    return {}
  }),

  GetAccountPasswordPolicy: Effect.fnUntraced(function*(_, { account: { passwords } }, { account }) {
    if (passwords === undefined) {
      return yield* Iam.noSuchEntity(`The Password Policy with domain name ${account} cannot be found.`)
    }
    return {
      PasswordPolicy: {
        ...defined(passwords),
        ExpirePasswords: passwords.MaxPasswordAge !== undefined
      } as sdk.PasswordPolicy
    }
  }),

  DeleteAccountPasswordPolicy: Effect.fnUntraced(function*(_, { account }) {
    if (account.passwords === undefined) {
      return yield* Iam.noSuchEntity("The account policy with name PasswordPolicy cannot be found.")
    }
    account.passwords = undefined
    return {}
  })
}
