// An in-memory AWS on a loopback port, and what programs outside this process say about it.
import { Context, Effect, Layer } from "effect"
import { InMemory } from "effect-aws-sdk"
import { execFile } from "node:child_process"

/** Where the in-memory AWS of a test is served. */
export class Served extends Context.Service<Served, InMemory.Server>()("test/Served") {
  /** A new AWS, whose clients in this process share its state. */
  static readonly layer = (serve?: InMemory.ServeOptions, options?: InMemory.Options) =>
    Layer.effect(Served, InMemory.serve(serve)).pipe(Layer.provideMerge(InMemory.layer(options)))
}

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program. Its status is data: a program that fails is as welcome as one that doesn't. */
export const run = (
  file: string,
  args: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv = process.env
): Effect.Effect<Ran> =>
  Effect.callback((resume) => {
    const child = execFile(file, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null || typeof error.code === "number") {
        resume(Effect.succeed({ status: Number(error?.code ?? 0), stdout, stderr }))
      } else resume(Effect.die(error))
    })
    return Effect.sync(() => child.kill())
  })
