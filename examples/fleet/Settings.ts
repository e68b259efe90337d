// The settings of the processes of a cluster, from the environment. docs/durable-cluster.md lists them.
import { Config, ConfigProvider, Data, Duration, Effect, Option, Redacted, Schema } from "effect"
import * as RunnerAddress from "effect/cluster/RunnerAddress"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as os from "node:os"

/** A setting that is missing or wrong. The message says which, and what to do. */
export class WrongSetting extends Data.TaggedError("WrongSetting")<{ readonly message: string }> {}

const wrong = (message: string) => new WrongSetting({ message })

/** The value of a setting, or `WrongSetting` that names it. */
export const read = <A>(name: string, config: Config.Config<A>, advice: string): Effect.Effect<A, WrongSetting> =>
  Effect.mapError(
    config,
    ({ cause }) => wrong(`${name} is missing or wrong: ${advice}. (${String(cause.message).split("\n")[0]})`)
  )

const isLoopback = (host: string) => ["localhost", "127.0.0.1", "[::1]", ""].includes(host)

/** How to reach PostgreSQL, as options of `PgClient.layer`. */
export const database = Effect.gen(function*() {
  const url = yield* read(
    "DATABASE_URL",
    Config.Redacted("DATABASE_URL"),
    "give the PostgreSQL database of the cluster, like postgres://user@host:5432/fleet"
  )
  const parsed = yield* Effect.try({
    try: () => new URL(Redacted.value(url)),
    // Not the value: it has the password.
    catch: () => wrong("DATABASE_URL is wrong: it isn't a URL. Give one like postgres://user@host:5432/fleet.")
  })
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) {
    return yield* wrong(
      `DATABASE_URL is wrong: it begins with ${parsed.protocol}//, and has to begin with postgres://.`
    )
  }
  const password = yield* read(
    "DATABASE_PASSWORD",
    Config.option(Config.Redacted("DATABASE_PASSWORD")),
    "give the password of the user in DATABASE_URL"
  )
  const maxConnections = yield* read(
    "DATABASE_CONNECTIONS",
    Config.schema(Schema.Int.check(Schema.isGreaterThan(1)), "DATABASE_CONNECTIONS").pipe(Config.withDefault(10)),
    "give a whole number from 2: a runner keeps one connection for the locks of its shards"
  )
  return {
    url,
    maxConnections,
    applicationName: "effect-aws-sdk fleet",
    startupParameters: yield* ends,
    ...(Option.isSome(password) && { password: password.value }),
    // The password and the accounts' names shouldn't cross a network in the clear.
    ...(!parsed.searchParams.has("sslmode") && !isLoopback(parsed.hostname) && { ssl: true })
  }
})

/** Whether a process creates the tables when it starts. */
export const migrates = read(
  "DATABASE_MIGRATE",
  Config.Boolean("DATABASE_MIGRATE").pipe(Config.withDefault(true)),
  "give true, or false if examples/fleet/migrate.ts has created the tables"
)

/** Who says whether a runner is alive. */
export const health = read(
  "RUNNER_HEALTH",
  Config.schema(Schema.Literals(["ping", "k8s"]), "RUNNER_HEALTH").pipe(Config.withDefault("ping" as const)),
  "give ping, or k8s to ask Kubernetes about the pods"
)

/**
 * The addresses that others may reach. An ECS task has a link-local one besides that of its network interface, for the metadata of the task:
 * 169.254.172.2.
 */
export const addressesOf = (interfaces: ReturnType<typeof os.networkInterfaces>): ReadonlyArray<string> =>
  Object.values(interfaces).flatMap((all) =>
    (all ?? []).filter(({ address, family, internal }) =>
      family === "IPv4" && !internal && !address.startsWith("169.254.")
    ).map(({ address }) => address)
  )

/** The one address of this machine that others may reach. */
const ownAddress = Effect.suspend(() => {
  const addresses = addressesOf(os.networkInterfaces())
  const [first] = addresses
  return first !== undefined && addresses.length === 1
    ? Effect.succeed(first)
    : Effect.fail(wrong(
      `RUNNER_HOST is missing: give the address at which the other runners reach this one. This machine has ${
        addresses.length === 0 ? "no address that others reach" : `several: ${addresses.join(", ")}`
      }.`
    ))
})

const port = (name: string) => Config.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })), name)

/** Where the others reach this runner, and where it listens. */
export const address = Effect.gen(function*() {
  const host = yield* read("RUNNER_HOST", Config.option(Config.String("RUNNER_HOST")), "give an address or a name")
  const advice = "give a port from 1 to 65535"
  const at = RunnerAddress.make(
    Option.isSome(host) ? host.value : yield* ownAddress,
    yield* read("RUNNER_PORT", port("RUNNER_PORT").pipe(Config.withDefault(34_431)), advice)
  )
  const listen = RunnerAddress.make(
    yield* read(
      "RUNNER_LISTEN_HOST",
      Config.String("RUNNER_LISTEN_HOST").pipe(Config.withDefault(at.host)),
      "give an address of this machine"
    ),
    yield* read("RUNNER_LISTEN_PORT", port("RUNNER_LISTEN_PORT").pipe(Config.withDefault(at.port)), advice)
  )
  return { runnerAddress: Option.some(at), runnerListenAddress: Option.some(listen) }
})

/** The settings of effect/cluster, under the names that it gives them: SHARDS_PER_GROUP, SHARD_LOCK_EXPIRATION, … */
export const sharding = Effect.gen(function*() {
  const provider = yield* ConfigProvider.ConfigProvider
  const settings = yield* Effect.mapError(
    ShardingConfig.config.parse(ConfigProvider.constantCase(provider)),
    ({ cause }) => wrong(`A setting of effect/cluster is wrong: ${String(cause.message).replaceAll(/\s*\n\s*/g, " ")}.`)
  )
  // effect/cluster checks neither.
  if (settings.shardsPerGroup < 1) {
    return yield* wrong(`SHARDS_PER_GROUP is ${settings.shardsPerGroup}: give a whole number from 1.`)
  }
  const [expiration, interval] = [settings.shardLockExpiration, settings.shardLockRefreshInterval].map((duration) =>
    Duration.fromInputUnsafe(duration)
  ) as [Duration.Duration, Duration.Duration]
  if (Duration.toMillis(interval) * 3 > Duration.toMillis(expiration)) {
    return yield* wrong(
      `SHARD_LOCK_REFRESH_INTERVAL is ${Duration.format(interval)}, and SHARD_LOCK_EXPIRATION ${
        Duration.format(expiration)
      }: ` +
        "the interval has to be a third of the expiration at most, or a runner that is only slow loses its shards."
    )
  }
  return settings
})

/**
 * When PostgreSQL ends a session whose process doesn't go on: it is frozen, or its machine or network is gone. effect/cluster has this
 * for the session with the locks of the shards alone. The others hold locks on rows while they are in a transaction, or while the process
 * doesn't read a result, and whoever takes the shards over waits for these rows. So they end before the shards are free: a runner's
 * last sign of life is at most one interval older than the last use of its sessions.
 */
const ends = Effect.map(sharding, ({ shardLockExpiration, shardLockRefreshInterval }) => {
  const millis = Math.ceil(Duration.toMillis(shardLockExpiration) - Duration.toMillis(shardLockRefreshInterval))
  // The largest number that PostgreSQL takes.
  const value = String(Math.min(millis, 2_147_483_647))
  return { idle_in_transaction_session_timeout: value, tcp_user_timeout: value }
})

/** The role that leads to each account. A target of a run may name another. */
export const role = read(
  "FLEET_ROLE",
  Config.String("FLEET_ROLE"),
  "give the name of the role that the fleet assumes in each account, or an ARN with {account} in it"
)
