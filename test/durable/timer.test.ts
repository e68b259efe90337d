// A wait of twenty minutes, which no process waits for: the runner that began it is killed, and another one wakes in time.
import { CreateDomainCommand } from "@aws-sdk/client-opensearch"
import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Exit, Layer, Option, Queue, Redacted } from "effect"
import { Fleet, OpenSearch } from "effect-aws-sdk"
import { EntityId, Sharding } from "effect/cluster"
import { TearDownPlace } from "../../examples/fleet-teardown/Workflow.ts"
import { cluster } from "../../examples/fleet/Durable.ts"
import { fleetRole, inEachPlace } from "../../examples/fleet/World.ts"
import { postgres } from "../support/postgres.ts"
import { clientsOf } from "../support/world.ts"
import { makeAws } from "./support/aws.ts"
import { environmentOf, runner } from "./support/fleet.ts"

const minutes = 60_000
const place = { account: "311111111111", region: "eu-central-1" }
const empty = { account: "322222222222", region: "eu-central-1" }
const tag = { key: "cluster", value: "capture" }

const payloadOf = (where: typeof place, run = "timer") =>
  TearDownPlace.payloadSchema.make({ ...where, run, tag, dryRun: false })

/** An execution in the same shard as this one. */
const neighborOf = Effect.fnUntraced(function*(id: string) {
  const sharding = yield* Sharding.Sharding
  const shardOf = (id: string) => sharding.getShardId(EntityId.make(id), "default").id
  for (let number = 0;; number++) {
    const payload = payloadOf(empty, `neighbor-${number}`)
    if (shardOf(yield* TearDownPlace.executionId(payload)) === shardOf(id)) return payload
  }
})

it.live(
  "a wait of twenty minutes outlasts all runners, ends in time and not before, and nothing before it is done again",
  () =>
    Effect.gen(function*() {
      const server = yield* postgres
      const aws = yield* makeAws({ speed: 1 })
      yield* inEachPlace(() =>
        OpenSearch.send(
          new CreateDomainCommand({ DomainName: "capture", TagList: [{ Key: tag.key, Value: tag.value }] })
        )
      )([{ account: place.account, regions: [place.region] }]).pipe(
        Effect.provide(
          Fleet.layer({ role: fleetRole, sessionName: "set-up" }).pipe(Layer.provide(clientsOf(aws.world)))
        )
      )
      // The domain takes its time to be created.
      aws.clock.advance(60 * minutes)
      const environment = environmentOf(aws, yield* server.createDatabase("timer"))

      /** A runner whose clock, and AWS's, are this far ahead. */
      const later = Effect.fnUntraced(function*(name: string, by: number) {
        aws.clock.advance(60 * minutes + by - (aws.clock.currentTimeMillisUnsafe() - Date.now()))
        return yield* runner(name, { ...environment, TEST_CLOCK_AHEAD: String(60 * minutes + by) })
      })

      yield* Effect.gen(function*() {
        const sql = yield* PgClient.PgClient
        yield* sql`
        CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          PERFORM pg_notify(TG_ARGV[0], '');
          RETURN NEW;
        END $$`
        yield* sql`
        CREATE TRIGGER timers AFTER INSERT ON cluster_messages FOR EACH ROW
        WHEN (NEW.deliver_at IS NOT NULL) EXECUTE FUNCTION told('timers')`
        yield* sql`
        CREATE TRIGGER suspended AFTER INSERT ON cluster_replies FOR EACH ROW
        WHEN (NEW.payload LIKE '%"Suspended"%') EXECUTE FUNCTION told('suspended')`
        yield* sql`
        CREATE TRIGGER ended AFTER INSERT ON cluster_replies FOR EACH ROW
        WHEN (NEW.payload LIKE '%"items"%') EXECUTE FUNCTION told('ended')`
        const timers = yield* sql.listen("timers")
        const suspended = yield* sql.listen("suspended")
        const ended = yield* sql.listen("ended")
        const pending = sql<{ seconds: number }>`
        SELECT (deliver_at / 1000.0 - ${aws.clock.currentTimeMillisUnsafe() / 1000})::float AS seconds
        FROM cluster_messages WHERE deliver_at IS NOT NULL AND NOT processed`

        const first = yield* later("runner-1", 0)
        const id = yield* TearDownPlace.execute(payloadOf(place), { discard: true })
        yield* Queue.take(timers)
        yield* Queue.take(suspended)
        const [timer, ...others] = yield* pending
        assert.deepStrictEqual(others, [])
        // What the workflow waits before it first asks whether the domain is gone.
        assert.approximately(timer?.seconds ?? 0, 15 * 60, 60)
        yield* first.kill
        const before = aws.calls().filter(({ by }) => by === "runner-1").map(({ entry }) => entry.operation)
        assert.include(before, "DeleteDomain")
        assert.notInclude(before, "GetRole")

        // Five minutes later it isn't time. A runner reads the messages in their order, so when it has done a later one, it has passed
        // the timer.
        const second = yield* later("runner-2", 5 * minutes)
        yield* TearDownPlace.execute(yield* neighborOf(id), { discard: true })
        yield* Queue.take(ended)
        assert.lengthOf(yield* pending, 1)
        assert.deepStrictEqual(
          aws.calls().filter(({ by, entry }) => by === "runner-2" && entry.account === place.account),
          []
        )
        yield* second.kill

        yield* later("runner-3", 40 * minutes)
        yield* Queue.take(ended)
        const result = Option.getOrUndefined(yield* TearDownPlace.poll(id))
        assert.isTrue(result?._tag === "Complete" && Exit.isSuccess(result.exit))
        if (result?._tag !== "Complete" || !Exit.isSuccess(result.exit)) return
        assert.deepStrictEqual(result.exit.value.items, [{ what: "OpenSearch domain capture", outcome: "Done" }])
        assert.deepStrictEqual(
          aws.calls().filter(({ by, entry }) => by === "runner-3" && entry.account === place.account).map(({ entry }) =>
            `${entry.operation} ${entry.outcome._tag}`
          ),
          ["DescribeDomain Refused"],
          "the last runner only asks whether the domain is gone"
        )
      }).pipe(
        Effect.scoped,
        Effect.provide(
          cluster({ clientOnly: true }).pipe(
            Layer.merge(PgClient.layer({ url: Redacted.make(environment.DATABASE_URL) })),
            Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })))
          )
        )
      )
    }).pipe(Effect.scoped),
  180_000
)
