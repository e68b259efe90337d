// Judges `pages` by botocore's paginators, for all versions of the APIs of all services. Given a page with its tokens,
// `pages` has to request the next page with the members that botocore names, or fail. It must neither end nor send
// other members. botocore comes with moto.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Equal, Exit, Result } from "effect"
import { type Operation, type Service, services } from "../support/botocore.ts"
import { commandOf, type Members, run } from "../support/pages.ts"

const available = await Effect.runPromise(Effect.result(services))
if (Result.isFailure(available)) {
  const message = `Can't judge the paginators: ${available.failure.message}.`
  if (process.env.CI) throw new Error(message)
  console.log(message)
}

/** Calls a function for each operation of each version of each service. */
const forEachOperation = (judge: (service: Service, operation: Operation) => void) => {
  for (const service of Result.getOrElse(available, () => [])) {
    for (const operation of service.operations) judge(service, operation)
  }
}

type Page = Record<string, any>

/** The members of a structure in the output; none for another member. */
const inner = ({ output, shapeOf }: Operation, member: string) => {
  const { members = {}, type } = output.get(member)!
  return type === "structure" ? Object.entries(members).map(([name, { shape }]) => [name, shapeOf(shape)] as const) : []
}

const membersOf = (operation: Operation): Members => ({
  input: [...operation.input.keys()],
  output: [...operation.output.keys()].map((name) => [name, inner(operation, name).map(([name]) => name)] as const)
})

/** The types of the members of an output and of its structures, by path. */
const typesOf = (operation: Operation): ReadonlyMap<string, string> =>
  new Map(
    [...operation.output].flatMap(([name, { type }]) => [
      [name, type] as const,
      ...inner(operation, name).map(([nested, { type }]) => [`${name}.${nested}`, type] as const)
    ])
  )

const valueOf = (type: string | undefined, text: string, page: number): unknown =>
  type === "map" ?
    { key: { S: `${text} ${page}` } }
    : type === "integer" || type === "long" ?
    1000 + page
    : `${text} ${page}`

/** Sets what a JMESPath expression without alternatives finds: `A.B`, or `A[-1].B` for the last element of a list. */
const set = (page: Page, expression: string, value: unknown): void => {
  const steps = expression.split(".")
  steps.reduce((at, step, i) => {
    const [, name = "", isList] = /^(\w+)(\[-1\])?$/.exec(step)!
    if (i === steps.length - 1) return at[name] = value
    if (isList === undefined) return at[name] ??= {}
    at[name] ??= [{}, {}]
    return at[name].at(-1)
  }, page)
}

type Verdict = "right" | "loud" | "silent" | "wrong"

const hasFailedLoud = ({ exit, inputs }: ReturnType<typeof run>): boolean =>
  inputs.length === 1 && Exit.isFailure(exit) &&
  (Cause.squash(exit.cause) as { readonly code?: unknown }).code === "PaginationTokenUnknown"

class Counts {
  readonly names: Readonly<Record<Verdict, Array<string>>> = { right: [], loud: [], silent: [], wrong: [] }
  readonly what: string
  constructor(what: string) {
    this.what = what
  }
  add(verdict: Verdict, { name, version }: Service, operation: Operation, detail = "") {
    this.names[verdict].push(`${name} ${version} ${operation.name}${detail}`)
  }
  report() {
    const { loud, right, silent, wrong } = this.names
    console.log(
      `${this.what}: right ${right.length}, loud ${loud.length}, silent ${silent.length}, wrong ${wrong.length}`
    )
    assert.deepEqual(silent, [])
    assert.deepEqual(wrong, [])
  }
}

const filter = { Filter: "f" }

interface Variant {
  /** Which of the alternatives of `A || B`. */
  readonly choice: number
  /** Whether the pages say whether there are more, if botocore knows such a member. */
  readonly saysMore: boolean
  /** Whether the pages repeat the tokens of their requests, as S3 and CloudFront do. */
  readonly repeats: boolean
}

/** Three pages, and the inputs that botocore would request them with. */
const threePages = (operation: Operation, { choice, repeats, saysMore }: Variant) => {
  const { inputs, more, outputs } = operation.paginator!
  const types = typesOf(operation)
  const expressions = outputs.map((output) => output.split(" || ")).map((choices) => choices[choice] ?? choices[0]!)
  const token = (i: number, page: number) => valueOf(types.get(expressions[i]!), expressions[i]!, page)
  const pages = [1, 2, 3].map((number) => {
    const page: Page = {}
    if (repeats) {
      for (const [i, input] of inputs.entries()) {
        const structure = /^(\w+)\.\w+$/.exec(expressions[i]!)?.[1]
        const path = structure === undefined ? input : `${structure}.${input}`
        if (types.has(path)) set(page, path, token(i, number - 1))
      }
    }
    if (more !== undefined && saysMore) set(page, more, number < 3)
    for (const [i, expression] of expressions.entries()) {
      // Every page has a last element.
      if (number < 3 || expression.includes("[-1]")) set(page, expression, token(i, number))
    }
    return page
  })
  const requests = [1, 2, 3].map((number) =>
    number === 1
      ? filter
      : { ...filter, ...Object.fromEntries(inputs.map((input, i) => [input, token(i, number - 1)])) }
  )
  return { pages, requests }
}

const judge = (service: Service, operation: Operation, members: Members | undefined, variant: Variant): Verdict => {
  const { pages, requests } = threePages(operation, variant)
  const done = run(service.id, commandOf(operation.name, members, filter), pages)
  if (hasFailedLoud(done)) return "loud"
  if (Exit.isSuccess(done.exit) && done.inputs.length < requests.length) return "silent"
  return Exit.isSuccess(done.exit) && Equal.equals(done.inputs, requests) ? "right" : "wrong"
}

const choicesOf = (operation: Operation): ReadonlyArray<number> => [
  ...Array(Math.max(...(operation.paginator?.outputs ?? []).map((output) => output.split(" || ").length), 0)).keys()
]

// botocore's one paginator for which there is no client of the SDK.
const withoutClient = ["importexport 2010-06-01 ListJobs"]

describe.skipIf(Result.isFailure(available))("pages, judged by botocore's paginators", { timeout: 120_000 }, () => {
  it("requests the next page of each paginator with the members that botocore says", () => {
    const counts = new Counts("paginators")
    forEachOperation((service, operation) => {
      for (const choice of choicesOf(operation)) {
        const variant = { choice, saysMore: true, repeats: false }
        counts.add(judge(service, operation, membersOf(operation), variant), service, operation)
      }
    })
    counts.report()
    assert.deepEqual(counts.names.loud, withoutClient)
    assert.isAbove(counts.names.right.length, 3500)
  })

  it("isn't misled by a page that repeats the token of its request", () => {
    const counts = new Counts("paginators whose pages repeat the token of the request")
    forEachOperation((service, operation) => {
      for (const choice of choicesOf(operation)) {
        const { inputs, outputs } = operation.paginator!
        if (outputs.some((output) => inputs.some((input) => output === input || output.endsWith(`.${input}`)))) continue
        const variant = { choice, saysMore: true, repeats: true }
        counts.add(judge(service, operation, membersOf(operation), variant), service, operation)
      }
    })
    counts.report()
    assert.deepEqual(counts.names.loud, withoutClient)
  })

  it("follows a token if the page doesn't say whether there are more", () => {
    const counts = new Counts("paginators whose pages don't say whether there are more")
    forEachOperation((service, operation) => {
      const { more, outputs } = operation.paginator ?? {}
      if (more === undefined || outputs!.some((output) => output.startsWith("StreamDescription.Shards"))) return
      if (withoutClient.includes(`${service.name} ${service.version} ${operation.name}`)) return
      const variant = { choice: 0, saysMore: false, repeats: false }
      counts.add(judge(service, operation, membersOf(operation), variant), service, operation)
    })
    counts.report()
    assert.deepEqual(counts.names.loud, [])
    assert.isAbove(counts.names.right.length, 50)
  })

  it("ends where the page says that there are no more, whatever token it has", () => {
    let count = 0
    forEachOperation((service, operation) => {
      const { more } = operation.paginator ?? {}
      if (more === undefined) return
      const { pages: [page] } = threePages(operation, { choice: 0, saysMore: true, repeats: true })
      set(page!, more, false)
      const { exit, inputs } = run(service.id, commandOf(operation.name, membersOf(operation), filter), [page!])
      assert.isTrue(Exit.isSuccess(exit), `${service.name} ${operation.name}`)
      assert.lengthOf(inputs, 1)
      count++
    })
    assert.isAbove(count, 50)
  })

  it("fails where the page says that there are more and has no token", () => {
    let count = 0
    forEachOperation((service, operation) => {
      const { more } = operation.paginator ?? {}
      if (more === undefined) return
      const page = {}
      set(page, more, true)
      const done = run(service.id, commandOf(operation.name, membersOf(operation), filter), [page])
      assert.isTrue(hasFailedLoud(done), `${service.name} ${operation.name}`)
      count++
    })
    assert.isAbove(count, 50)
  })

  it("requests the right page or fails for commands without a schema", () => {
    const counts = new Counts("paginators, for commands without a schema")
    forEachOperation((service, operation) => {
      for (const choice of choicesOf(operation)) {
        counts.add(
          judge(service, operation, undefined, { choice, saysMore: true, repeats: false }),
          service,
          operation
        )
      }
    })
    counts.report()
    assert.isAbove(counts.names.right.length, 3400)
  })

  it("follows or reports the tokens of the commands that botocore has no paginator for", () => {
    const counts = new Counts("tokens of commands without a paginator")
    const token =
      /(^|\.)(next(page|continuation|shard|partnumber)?|page|pagination|continuation)(token|marker|iterator)$|marker$/i
    forEachOperation((service, operation) => {
      if (operation.paginator !== undefined) return
      const types = typesOf(operation)
      for (const [path, type] of types) {
        if (!token.test(path) || !["string", "integer", "long"].includes(type)) continue
        // It belongs to the inventory that a job makes.
        if (service.name === "glacier" && path === "InventoryRetrievalParameters.Marker") continue
        const name = path.split(".").at(-1)!
        // `Marker` next to `NextMarker` is the request's.
        if (types.has(`${path.slice(0, -name.length)}Next${name}`)) continue
        const page = {}
        const value = valueOf(type, path, 1)
        set(page, path, value)
        const done = run(service.id, commandOf(operation.name, membersOf(operation), filter), [page, {}])
        const { Filter: _, ...added } = (done.inputs[1] ?? {}) as Page
        const [[input = "", sent] = [], ...others] = Object.entries(added)
        const isRight = others.length === 0 && sent === value && operation.input.has(input) &&
          name.toLowerCase().endsWith(input.toLowerCase().replace(/^start(ing)?/, ""))
        const verdict = hasFailedLoud(done) ? "loud" : done.inputs.length === 1 ? "silent" : isRight ? "right" : "wrong"
        counts.add(verdict, service, operation, ` ${path} → ${input}`)
      }
    })
    counts.report()
    assert.isAbove(counts.names.right.length, 1000)
    assert.isBelow(counts.names.loud.length, 50)
  })

  it("reports that there are more pages for the commands that botocore has no paginator for", () => {
    let count = 0
    forEachOperation((service, operation) => {
      if (operation.paginator !== undefined) return
      for (const [path, type] of typesOf(operation)) {
        if (type !== "boolean" || !/(^|\.)((is)?truncated|hasMore\w+)$/i.test(path)) continue
        const page = {}
        set(page, path, true)
        const done = run(service.id, commandOf(operation.name, membersOf(operation), filter), [page])
        assert.isTrue(hasFailedLoud(done), `${service.name} ${operation.name} ${path}`)
        count++
      }
    })
    assert.isAbove(count, 30)
  })
})
