// Streaming bodies of answers, which a program reads when it likes, or never.
import { Readable } from "node:stream"

const guarded = new WeakSet<Readable>()

const prematureClose = (): Error =>
  Object.assign(new Error("the body was closed before it was read to its end"), { code: "ERR_STREAM_PREMATURE_CLOSE" })

/**
 * Makes it harmless that a body fails before anyone reads it: that doesn't end the process, and whoever reads it later gets the
 * error. Node emits an error once, so a listener that comes too late would wait for ever, and `Readable.toWeb` takes a body
 * that has failed for an empty one.
 */
export const guardBody = (body: Readable): void => {
  if (guarded.has(body)) return
  guarded.add(body)
  let emitted: Error | undefined
  const failure = () => emitted ?? (body.closed && !body.readableEnded ? prematureClose() : undefined)
  body.on("error", (error) => {
    emitted ??= error
  })
  body.on("newListener", (event, listener) => {
    const error = event === "error" ? failure() : undefined
    if (error !== undefined) process.nextTick(() => listener.call(body, error))
  })
  // The SDK's method of this name.
  const { transformToWebStream } = body as { readonly transformToWebStream?: () => ReadableStream }
  if (typeof transformToWebStream !== "function") return
  Object.assign(body, {
    transformToWebStream: () => {
      const error = failure()
      return error === undefined
        ? transformToWebStream()
        : new ReadableStream({ start: (controller) => controller.error(error) })
    }
  })
}

/** Guards the streaming bodies of an output. Of every service, they are members of the output itself. */
export const guardBodies = (output: object): void => {
  for (const member of Object.values(output)) if (member instanceof Readable) guardBody(member)
}

/** HTTP handlers other than Node's give a web stream. Once it is locked, its reader cancels it. */
export const releaseBody = (body: unknown): void => {
  if (body instanceof Readable) body.destroy()
  else if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => {})
}
