import { Config, Effect, Schema } from "effect"
import { Ssm } from "effect-aws-sdk"

const settings = Config.all({
  port: Config.Port("port"), //                           /app/port
  zones: Config.Array(Schema.String, "zones"), //         /app/zones, a StringList
  database: Config.schema(
    Schema.Struct({
      host: Schema.String, //                             /app/database/host
      password: Schema.Redacted(Schema.String) //         /app/database/password, a SecureString
    }),
    "database"
  ),
  workers: Config.Int("workers").pipe(Config.withDefault(4))
})

export const program = settings.pipe(
  Effect.tap(({ database, port }) => Effect.logInfo(`${database.host}, port ${port}`)),
  Ssm.explainConfigErrors, // a missing value is named with its parameter
  Effect.provide(Ssm.layerConfigProvider("/app"))
)
