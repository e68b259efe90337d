// The end of the process: Lambda announces it with SIGTERM.

/** In milliseconds: the longest shutdown phase that Lambda has. */
const LONGEST = 2_000

interface Registry {
  readonly closes: Set<() => Promise<unknown>>
  readonly listener: () => void
}

const key = Symbol.for("effect-aws-sdk/Lambda/shutdown")
// A process may have two copies of this module, as two bundles. If each had a listener of its own, the first that is done would
// end the process for both.
const holder = globalThis as { [key]?: Registry }

/** Other listeners decide on their own when the process ends: it would otherwise end before they are done. */
const isAlone = (registry: Registry): boolean =>
  process.listeners("SIGTERM").every((listener) => listener === registry.listener)

const make = (): Registry => {
  const registry: Registry = {
    closes: new Set(),
    listener: () => {
      const exit = () => {
        if (isAlone(registry)) process.exit(0)
      }
      // A finalizer may hang, and Node no longer ends the process by itself.
      setTimeout(exit, LONGEST).unref()
      void Promise.allSettled([...registry.closes].map((close) => close())).then(exit)
    }
  }
  return registry
}

/** Has this run on SIGTERM. It returns what takes it off again. */
export const onShutdown = (close: () => Promise<unknown>): () => void => {
  const registry = (holder[key] ??= make())
  if (registry.closes.size === 0) process.on("SIGTERM", registry.listener)
  registry.closes.add(close)
  return () => {
    registry.closes.delete(close)
    if (registry.closes.size === 0) process.off("SIGTERM", registry.listener)
  }
}
