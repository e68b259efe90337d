import { Data, Effect, Redacted, Schema } from "effect"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

const Login = Schema.Struct({ username: Schema.String, password: Schema.RedactedFromValue(Schema.String) })

/** What your database client fails with if it doesn't take the password. */
export class LoginRefused extends Data.TaggedError("LoginRefused")<{}> {}

/** Makes a function that gives a query the login: one call per hour, and one more after a rotation. */
export const makeWithLogin = Effect.gen(function*() {
  const read = SecretsManager.getSecretJson("prod/database", Login)
  const [login, forget] = yield* Effect.cachedInvalidateWithTTL(read, "1 hour")
  return <A, E, R>(query: (login: typeof Login.Type) => Effect.Effect<A, E | LoginRefused, R>) =>
    Effect.flatMap(login, query).pipe(
      Effect.tapError((error) => error instanceof LoginRefused ? forget : Effect.void),
      Effect.retry({ while: (error) => error instanceof LoginRefused, times: 1 })
    )
})

export const program = Effect.gen(function*() {
  const withLogin = yield* makeWithLogin
  return yield* withLogin(({ password, username }) => Effect.succeed(`${username}:${Redacted.value(password)}`))
})
