// A Lambda function on this machine: AWS's own runtime client for Node.js in a process of its own, with Lambda's environment and
// lifecycle, and a Runtime API on loopback in place of Lambda. hooks.ts says what is AWS's code and what isn't.
//
// As on Lambda: an environment serves one invocation at a time and is reused; it's frozen (SIGSTOP) from the moment at which it
// waits for the next event; it's killed at the deadline, and replaced after that, or when its process ends. Unlike on Lambda: CPU and
// memory have no limit, and an init that failed isn't tried a second time for the same invocation.
import { Effect, Fiber, Queue, Scope, Semaphore } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { folder as temporaryFolder } from "../Environment.ts"
import * as RuntimeApi from "./runtimeApi.ts"

export interface Options {
  /** The folder with the function's code. */
  readonly folder: string
  /** The file, and the name of its export: `index.handler`. */
  readonly handler: string
  /** The variables of the function. */
  readonly variables?: Readonly<Record<string, string>>
  /** In milliseconds. By default 3 seconds, as on Lambda. */
  readonly timeout?: number
  /** Whether an extension is registered. Lambda sends a SIGTERM only then. */
  readonly extension?: boolean
}

export interface InvokeOptions {
  /** By default a new one. */
  readonly requestId?: string
  /** The header X-Amzn-Trace-Id. */
  readonly traceId?: string
  readonly clientContext?: unknown
  readonly identity?: unknown
}

export interface Answer extends RuntimeApi.Answer {
  /** From the event to the answer, in milliseconds. */
  readonly took: number
}

/** How the process of an environment ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface LambdaFunction {
  /** Runs the function. What it does wrong is an answer, as it is for those who invoke it on AWS. */
  readonly invoke: (event: unknown, options?: InvokeOptions) => Effect.Effect<Answer>
  /** The lines that the function has written up to now, to standard output or error. */
  readonly log: Effect.Effect<ReadonlyArray<string>>
  /** How many environments Lambda has started for the function. */
  readonly environments: Effect.Effect<number>
  /** Ends the environment as Lambda does: with an extension it gets a SIGTERM, and some time. `undefined` if there is none. */
  readonly shutDown: (grace?: number) => Effect.Effect<Ended | undefined>
}

type Signal =
  | { readonly _tag: "Next" }
  | { readonly _tag: "Answered"; readonly answer: RuntimeApi.Answer }
  | { readonly _tag: "InitFailed"; readonly error: unknown }
  | { readonly _tag: "Ended"; readonly ended: Ended }

const name = "function-under-test"
const region = "us-east-1"
const initTimeout = 10_000

/** Lambda reserves this many milliseconds for the runtime, if there is an external extension. */
const shutdownGrace = 300

const client = createRequire(import.meta.url).resolve("aws-lambda-ric")
const hooks = path.join(import.meta.dirname, "hooks.ts")

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const environment = ({ folder, handler, variables = {} }: Options, api: string): NodeJS.ProcessEnv => ({
  _HANDLER: handler,
  AWS_ACCESS_KEY_ID: "ASIAFUNCTION",
  AWS_SECRET_ACCESS_KEY: "planted-secret-of-the-function",
  AWS_SESSION_TOKEN: "planted-token-of-the-function",
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/27/[$LATEST]0123456789abcdef0123456789abcdef",
  AWS_LAMBDA_RUNTIME_API: api,
  AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
  LAMBDA_TASK_ROOT: folder,
  LANG: "en_US.UTF-8",
  PATH: process.env["PATH"],
  TZ: ":UTC",
  ...variables,
  // The client asks for events with its HTTP client in Node, rather than with its addon.
  AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true"
})

const after = (milliseconds: number) =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), milliseconds)
    return Effect.sync(() => clearTimeout(timer))
  })

/** Real time: the function runs in another process. */
const within = <A>(milliseconds: number, effect: Effect.Effect<A>): Effect.Effect<A | undefined> =>
  Effect.raceFirst(effect, Effect.as(after(milliseconds), undefined))

/** An environment of the function: a process with a runtime client, and what it does. */
const start = Effect.fnUntraced(function*(options: Options, logFile: number, concurrency = 1) {
  const signals = yield* Queue.unbounded<Signal>()
  const offer = (signal: Signal) => void Queue.offerUnsafe(signals, signal)
  const api = yield* RuntimeApi.make({
    onNext: () => offer({ _tag: "Next" }),
    onAnswer: (answer) => offer({ _tag: "Answered", answer }),
    onInitError: (error) => offer({ _tag: "InitFailed", error })
  }, concurrency)
  const state: { ended: Ended | undefined } = { ended: undefined }
  const send = (child: ChildProcess, signal: NodeJS.Signals) => {
    if (state.ended === undefined) child.kill(signal)
  }
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["--import", hooks, client], {
        cwd: options.folder,
        env: environment(options, api.address),
        // A file: what the function has written before its answer is there with the answer.
        stdio: ["ignore", logFile, logFile]
      })
      const killNow = () => send(child, "SIGKILL")
      process.once("exit", killNow)
      child.once("exit", (code, signal) => {
        process.removeListener("exit", killNow)
        state.ended = { code, signal }
        offer({ _tag: "Ended", ended: state.ended })
      })
      return child
    }),
    (child) => Effect.sync(() => send(child, "SIGKILL"))
  )

  /** Waits for the end of the process, if it's to end within some time. Whatever else it does is of no interest any more. */
  const end = (milliseconds: number): Effect.Effect<Ended | undefined> =>
    within(
      milliseconds,
      Effect.gen(function*() {
        while (state.ended === undefined) yield* Queue.take(signals)
        return state.ended
      })
    )
  return {
    api,
    signals,
    hasEnded: () => state.ended !== undefined,
    freeze: Effect.sync(() => send(child, "SIGSTOP")),
    thaw: Effect.sync(() => send(child, "SIGCONT")),
    kill: Effect.suspend(() => {
      send(child, "SIGKILL")
      return end(60_000)
    }),
    terminate: (grace: number) =>
      Effect.suspend(() => {
        send(child, "SIGTERM")
        return end(grace)
      })
  }
})

type Environment = Effect.Success<ReturnType<typeof start>>

const runtimeEnded = ({ code, signal }: Ended) =>
  code === 0
    ? "Runtime exited without providing a reason"
    : `Runtime exited with error: ${signal === null ? `exit status ${code}` : `signal: ${signal}`}`

/** A file for what the function writes, and how to read it. */
const makeLog = Effect.gen(function*() {
  const logPath = path.join(yield* temporaryFolder(), "log")
  const file = yield* Effect.acquireRelease(
    Effect.sync(() => fs.openSync(logPath, "a")),
    (file) => Effect.sync(() => fs.closeSync(file))
  )
  return { file, lines: Effect.sync(() => fs.readFileSync(logPath, "utf8").split("\n").filter((line) => line !== "")) }
})

/** What Lambda sends with an event. */
const headersOf = (requestId: string, deadline: number, { clientContext, identity, traceId }: InvokeOptions) => ({
  "Lambda-Runtime-Aws-Request-Id": requestId,
  "Lambda-Runtime-Deadline-Ms": String(deadline),
  "Lambda-Runtime-Invoked-Function-Arn": `arn:aws:lambda:${region}:123456789012:function:${name}`,
  ...(traceId !== undefined && { "Lambda-Runtime-Trace-Id": traceId }),
  ...(clientContext !== undefined && { "Lambda-Runtime-Client-Context": JSON.stringify(clientContext) }),
  ...(identity !== undefined && { "Lambda-Runtime-Cognito-Identity": JSON.stringify(identity) })
})

/** The function, for the rest of the scope. */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<LambdaFunction, never, Scope.Scope> {
  const { extension = false, timeout = 3000 } = options
  const log = yield* makeLog
  const scope = yield* Effect.scope
  const oneAtATime = yield* Semaphore.make(1)
  let environment: Environment | undefined
  let settling: Fiber.Fiber<unknown> | undefined
  let started = 0

  /** An environment that waits for an event, or why there is none. */
  const ready = Effect.gen(function*() {
    if (settling !== undefined) yield* Fiber.join(settling)
    settling = undefined
    if (environment !== undefined && !environment.hasEnded()) {
      yield* environment.thaw
      return environment
    }
    const fresh = yield* Scope.provide(start(options, log.file), scope)
    started++
    const first = yield* within(initTimeout, Queue.take(fresh.signals))
    if (first?._tag === "Next") return environment = fresh
    yield* fresh.kill
    if (first?._tag === "InitFailed") return first.error
    return first?._tag === "Ended"
      ? { errorType: "Runtime.ExitError", errorMessage: runtimeEnded(first.ended) }
      : { errorType: "Sandbox.Timedout", errorMessage: "Init timed out after 10.00 seconds" }
  })

  const failed = (requestId: string, payload: unknown): RuntimeApi.Answer => ({
    requestId,
    functionError: "Unhandled",
    contentType: "application/json",
    payload,
    chunks: undefined,
    cause: undefined
  })

  const isEnvironment = (found: unknown): found is Environment => found === environment && found !== undefined

  const invoke = Effect.fnUntraced(function*(event: unknown, invocation: InvokeOptions = {}) {
    const { requestId = crypto.randomUUID() } = invocation
    const found = yield* ready
    if (!isEnvironment(found)) return { ...failed(requestId, found), took: 0 }
    const begin = Date.now()
    const deadline = begin + timeout
    found.api.give({
      requestId,
      body: JSON.stringify(event),
      headers: headersOf(requestId, deadline, invocation)
    })
    const answered = yield* within(timeout, Queue.take(found.signals))
    const took = Date.now() - begin
    if (answered?._tag === "Answered") {
      // The invocation ends when the runtime asks for the next one, or at its deadline.
      settling = yield* Effect.forkIn(
        Effect.flatMap(
          within(deadline - Date.now(), Queue.take(found.signals)),
          (signal) => signal?._tag === "Next" ? found.freeze : found.kill
        ),
        scope
      )
      return { ...answered.answer, took }
    }
    yield* found.kill
    const [errorType, message] = answered?._tag === "Ended"
      ? ["Runtime.ExitError", runtimeEnded(answered.ended)]
      : ["Sandbox.Timedout", `Task timed out after ${(timeout / 1000).toFixed(2)} seconds`]
    const payload = { errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` }
    return { ...failed(requestId, payload), took }
  })

  const shutDown = (grace = shutdownGrace) =>
    Effect.gen(function*() {
      if (settling !== undefined) yield* Fiber.join(settling)
      const last = environment
      environment = settling = undefined
      if (last === undefined) return undefined
      yield* last.thaw
      return (extension ? yield* last.terminate(grace) : undefined) ?? (yield* last.kill)
    })

  return {
    invoke: (event, invocation) => oneAtATime.withPermits(1)(invoke(event, invocation)),
    log: log.lines,
    environments: Effect.sync(() => started),
    shutDown: (grace) => oneAtATime.withPermits(1)(shutDown(grace))
  }
})

/** An invocation of a function that serves several at a time. */
export interface Invocation extends InvokeOptions {
  readonly requestId: string
  readonly event: unknown
}

/**
 * The function as on Lambda Managed Instances: the runtime client runs it in a worker thread, which has all of these invocations at the
 * same time. It returns their answers, by request. What the thread writes goes through the main thread, and may come later.
 */
export const runConcurrently = Effect.fnUntraced(function*(options: Options, invocations: ReadonlyArray<Invocation>) {
  const { timeout = 3000 } = options
  const log = yield* makeLog
  const variables = {
    ...options.variables,
    AWS_LAMBDA_MAX_CONCURRENCY: String(invocations.length),
    AWS_LAMBDA_NODEJS_WORKER_COUNT: "1"
  }
  const { api, signals } = yield* start({ ...options, variables }, log.file, invocations.length + 1)
  const answers = new Map<string, RuntimeApi.Answer>()
  const waiting = [...invocations]
  const all = Effect.gen(function*() {
    while (answers.size < invocations.length) {
      const signal = yield* Queue.take(signals)
      if (signal._tag === "Answered") answers.set(signal.answer.requestId, signal.answer)
      else if (signal._tag !== "Next") return yield* Effect.die(signal)
      else {
        const next = waiting.shift()
        if (next === undefined) continue
        const { event, requestId } = next
        api.give({ requestId, body: JSON.stringify(event), headers: headersOf(requestId, Date.now() + timeout, next) })
      }
    }
  })
  yield* within(initTimeout + timeout, all)
  return { answers, log: log.lines }
})
