// Answers for waiters, and the three that judge them: this library, the SDK and botocore.
import { Cause, Effect, Exit, References, Schedule } from "effect"
import * as library from "effect-aws-sdk"
import { AwsClients, AwsError } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { codeOf, type Described, type Waiter } from "../../scripts/internal/waiters.ts"

/** The failure of a call: the code on the wire, and the code and the status that the SDK gives to its exception. */
export interface Failure {
  readonly wire: string
  readonly code: string
  readonly status: number
}

/** One answer to a waiter's command. */
export type Answer = { readonly output: object; readonly error?: never } | {
  readonly error: Failure
  readonly output?: never
}

/** What an answer means. `error`: no acceptor names the error, which is the failure of the wait. */
export type Verdict = "success" | "failure" | "retry" | "error"

/** A generator of random numbers that gives the same numbers each time. */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6D2B79F5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** What a value is made of: which element of a leaf's values, how long a list is, whether a member is there. */
interface Choices {
  readonly leaf: (count: number) => number
  readonly length: (path: string) => number
  readonly has: (path: string) => boolean
}

/** The part of the output that a waiter's expressions read. */
class Part {
  private readonly shapes: any
  private readonly members: ReadonlySet<string>
  private readonly expected: ReadonlyArray<string>
  readonly root: any
  /** The paths of all members and lists. */
  readonly paths: Array<string> = []
  /** The most values that a leaf has. */
  most = 1

  constructor({ model }: Described, { acceptors, operation }: Waiter) {
    this.shapes = model.shapes
    this.members = new Set(acceptors.flatMap(({ argument = "" }) => argument.match(/[A-Za-z_]\w*/g) ?? []))
    this.expected = acceptors.flatMap(({ expected, matcher }) =>
      matcher.startsWith("path") && typeof expected === "string" ? [expected] : []
    )
    this.root = model.shapes[model.operations[operation].output?.shape] ?? { type: "structure", members: {} }
    this.build({ leaf: () => 0, length: () => 1, has: (at) => (this.paths.push(at), true) })
  }

  private values(shape: any): ReadonlyArray<unknown> {
    switch (shape.type) {
      case "string":
        return [...new Set([...shape.enum ?? [], ...this.expected, "other", ""])]
      case "boolean":
        return [true, false]
      default:
        return [0, 1, 2]
    }
  }

  private value(shape: any, at: string, choices: Choices): unknown {
    if (shape.type === "structure") {
      return Object.fromEntries(
        Object.entries<any>(shape.members).flatMap(([name, { shape: inner }]) =>
          this.members.has(name) && choices.has(`${at}.${name}`)
            ? [[name, this.value(this.shapes[inner], `${at}.${name}`, choices)]]
            : []
        )
      )
    }
    if (shape.type === "list") {
      const element = this.shapes[shape.member.shape]
      return Array.from({ length: choices.length(at) }, () => this.value(element, `${at}[]`, choices))
    }
    const values = this.values(shape)
    this.most = Math.max(this.most, values.length)
    return values[choices.leaf(values.length) % values.length]
  }

  build(choices: Choices): object {
    return this.value(this.root, "", choices) as object
  }
}

const outputsOf = (described: Described, waiter: Waiter, seed: number): ReadonlyArray<object> => {
  const part = new Part(described, waiter)
  const there = { has: () => true, length: () => 1 }
  const found: Array<object> = [{}]
  // Each value of each leaf, alone and beside each other value.
  for (let i = 0; i < part.most; i++) {
    found.push(part.build({ ...there, leaf: () => i }))
    for (let j = 0; j < part.most; j++) {
      let n = 0
      found.push(part.build({ ...there, length: () => 2, leaf: () => n++ % 2 === 0 ? i : j }))
    }
  }
  // Each member missing, and each list empty, with each value elsewhere.
  for (const path of part.paths) {
    for (let i = 0; i < part.most; i++) {
      found.push(part.build({ ...there, has: (at) => at !== path, leaf: () => i }))
      found.push(part.build({ ...there, length: (at) => at === path ? 0 : 1, leaf: () => i }))
    }
  }
  // Anything else.
  const random = randomOf(seed)
  for (let i = 0; i < 200; i++) {
    const favourite = Math.floor(random() * part.most)
    found.push(part.build({
      has: () => random() < 0.95,
      length: () => Math.floor(random() * 4),
      leaf: (count) => random() < 0.6 ? favourite : Math.floor(random() * count)
    }))
  }
  return [...new Map(found.map((output) => [JSON.stringify(output), output])).values()]
}

const usual: ReadonlyArray<readonly [wire: string, status: number]> = [
  ["AccessDenied", 403],
  ["UnauthorizedOperation", 403],
  ["ExpiredToken", 400],
  ["ValidationError", 400],
  ["ValidationException", 400],
  ["ThrottlingException", 400],
  ["RequestLimitExceeded", 503],
  ["InternalError", 500],
  ["ServiceUnavailable", 503],
  ["SomethingElse", 404]
]

// An answer to HEAD has no body: botocore takes the status as the code, and the SDK names it.
const heads: ReadonlyArray<Failure> = [
  { wire: "301", code: "MovedPermanently", status: 301 },
  { wire: "400", code: "BadRequest", status: 400 },
  { wire: "403", code: "Forbidden", status: 403 },
  { wire: "404", code: "NotFound", status: 404 },
  { wire: "412", code: "PreconditionFailed", status: 412 },
  { wire: "500", code: "InternalServerError", status: 500 },
  { wire: "503", code: "ServiceUnavailable", status: 503 }
]

const failuresOf = ({ model, waiters }: Described, { operation }: Waiter): ReadonlyArray<Failure> => {
  const { errors = [], http } = model.operations[operation]
  if (http?.method === "HEAD") return heads
  const named = Object.values(waiters).flatMap(({ acceptors }) =>
    acceptors.flatMap(({ expected, matcher }) => matcher === "error" ? [String(expected)] : [])
  )
  const near = named.flatMap((code) => [code.slice(0, -1), code.toLowerCase(), `${code}s`])
  const modeled = errors.map(({ shape }: any) => model.shapes[shape].error?.code ?? shape)
  const statusOf = (code: string): number =>
    model.shapes[codeOf(code, model)]?.error?.httpStatusCode ?? model.shapes[code]?.error?.httpStatusCode ?? 400
  const all = [
    ...usual,
    ...[...new Set<string>([...named, ...near, ...modeled])].map((code) => [code, statusOf(code)] as const)
  ]
  return all.map(([wire, status]) => ({ wire, code: codeOf(wire, model), status }))
}

export const answersOf = (described: Described, waiter: Waiter, seed: number): ReadonlyArray<Answer> => [
  ...outputsOf(described, waiter, seed).map((output) => ({ output })),
  ...failuresOf(described, waiter).map((error) => ({ error }))
]

/** The SDK's exception. */
const exceptionOf = ({ code, status }: Failure) =>
  Object.assign(new Error(code), { name: code, $fault: "client", $metadata: { httpStatusCode: status } })

// The root doesn't have the modules of services whose client it doesn't load.
const modules: Readonly<Record<string, any>> = { ...library, DynamoDb }

/** How this library judges an answer: what a wait of one call ends with. */
export const ours = (module: string, name: string, answer: Answer): Verdict => {
  const clients = AwsClients.of({
    config: { region: "us-east-1" } as AwsClients.Config,
    get: () => {
      throw new Error("no client is needed")
    },
    send: (call) =>
      answer.error === undefined
        ? Effect.succeed(answer.output)
        : Effect.fail(AwsError.fromUnknown(call, exceptionOf(answer.error)))
  })
  const exit = Effect.runSyncExit(
    modules[module].waitUntil(name, {}, { schedule: Schedule.recurs(0) }).pipe(
      Effect.provideService(AwsClients, clients),
      Effect.provideService(References.MinimumLogLevel, "None")
    ) as Effect.Effect<unknown, { readonly _tag: string }>
  )
  if (Exit.isSuccess(exit)) return "success"
  const error = Cause.squash(exit.cause) as { readonly _tag: string }
  switch (error._tag) {
    case "WaitFailed":
      return "failure"
    case "WaitTimedOut":
      return "retry"
    case "AwsError":
      return "error"
    default:
      throw error
  }
}

const states: Readonly<Record<string, Verdict>> = { SUCCESS: "success", FAILURE: "failure", TIMEOUT: "retry" }

/** How the SDK judges an answer. */
export const sdks = async (client: string, name: string, answer: Answer): Promise<Verdict> => {
  const sdk = await import(`@aws-sdk/client-${client}`)
  const stub = {
    send: () => answer.error === undefined ? Promise.resolve(answer.output) : Promise.reject(exceptionOf(answer.error))
  }
  // So short that the wait is over after one call, or two.
  const options = { client: stub, minDelay: 1e-7, maxDelay: 1e-7, maxWaitTime: 2e-7 }
  const { state } = await sdk[`waitFor${name}`](options, {})
  return states[state]!
}

const script = path.resolve(import.meta.dirname, "waiters.py")

const runPython = (python: string, request: unknown): any => {
  const { error, status, stderr, stdout } = spawnSync(python, [script], {
    input: JSON.stringify(request),
    encoding: "utf8",
    maxBuffer: 1 << 28
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** How botocore judges answers, and which acceptor decided. */
export const botocores = (
  python: string,
  cases: ReadonlyArray<{ readonly service: string; readonly waiter: string; readonly answer: Answer }>
): ReadonlyArray<readonly [Verdict, number | null]> =>
  runPython(
    python,
    cases.map(({ answer, service, waiter }) => [
      service,
      waiter,
      answer.error === undefined
        ? { ...answer.output, ResponseMetadata: { HTTPStatusCode: 200 } }
        : {
          Error: { Code: answer.error.wire, Message: "" },
          ResponseMetadata: { HTTPStatusCode: answer.error.status }
        }
    ])
  )

/** What jmespath finds, for each expression in each value. */
export const found = (
  python: string,
  expressions: ReadonlyArray<string>,
  values: ReadonlyArray<unknown>
): ReadonlyArray<ReadonlyArray<Found>> => runPython(python, { expressions, values })

/** What was found; or that a function got a value of a type that it doesn't take; or that jmespath itself failed. */
interface Found {
  readonly found?: unknown
  readonly mismatch?: true
  readonly broken?: true
}
