// Creates the cluster's tables, with a user that may do that. Runners and submitters then run with DATABASE_MIGRATE=false.
import { Console, Effect, Layer } from "effect"
import { database, migrations } from "./Durable.ts"
import { main } from "./Process.ts"

main(
  Layer.build(Layer.provide(migrations, database)).pipe(
    Effect.scoped,
    Effect.andThen(Console.log("The tables are up to date."))
  )
)
