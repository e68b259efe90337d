import { measure, type Server, type Variant } from "../lab.ts"
import { compare, type Row } from "../table.ts"
import type { Task } from "../worker.ts"

const everyone = (service: string, workload: string, task: Task) => {
  const variant = (owner: string): Variant => ({ program: `${owner}/${service}`, workload, task })
  return {
    raw: variant("raw"),
    ours: variant("ours"),
    "effect-aws": variant("effect-aws"),
    distilled: variant("distilled")
  }
}

/** Peak memory covers the whole life of a process, so each listing runs in a process of its own. */
export const s3Keys = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for (const count of [100_000, 1_000_000]) {
    const task = { count, bucket: `keys-${count}` }
    const measured = await measure(server, {
      processes: rounds,
      variants: {
        ...everyone("s3", "listKeys", task),
        floor: { program: "floor/http", workload: "listKeys", task }
      }
    })
    const work = `${count.toLocaleString("en")} keys, item by item`
    rows.push(...compare(measured, ["wall", "cpu", "peak"], { topic: "s3-keys", work }))
  }
  return rows
}

export const parameters = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  const count = 20_000
  const measured = await measure(server, {
    processes: 2,
    rounds,
    warmUp: { count: 20_000 },
    variants: {
      ...everyone("ssm", "listParameters", { count }),
      floor: { program: "floor/http", workload: "listParameters", task: { count } }
    }
  })
  const work = `${count.toLocaleString("en")} parameters by path, 10 per page`
  return compare(measured, ["wall", "cpu"], { topic: "parameters", work })
}

export const subnets = async (server: Server, rounds = 8): Promise<ReadonlyArray<Row>> => {
  const count = 10_000
  const measured = await measure(server, {
    processes: 2,
    rounds,
    warmUp: { count: 3 * count },
    variants: everyone("ec2", "listSubnets", { count })
  })
  const work = `${count.toLocaleString("en")} subnets, 1,000 per page`
  return compare(measured, ["wall", "cpu"], { topic: "subnets", work })
}

export const readAhead = async (server: Server, rounds = 3): Promise<ReadonlyArray<Row>> => {
  const variants = everyone("s3", "workOnPages", { count: 50, bucket: "keys-50000" })
  const measured = await measure(server, {
    latency: 20,
    processes: 1,
    rounds,
    warmUp: { count: 30, bucket: "keys-30000" },
    variants: { ...variants, ahead: { ...variants.ours, workload: "workOnPagesReadAhead" } }
  })
  const topic = "read-ahead"
  const work = "50 pages of 1,000 keys, 20 ms latency and 20 ms of work for each"
  return [
    ...compare(measured, ["wall"], { topic, work }),
    ...compare(measured, ["wall"], { topic, work: "the same, reading one page ahead" }, { names: { ours: "ahead" } })
  ]
}
