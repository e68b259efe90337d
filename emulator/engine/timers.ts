// What is to happen later: when, and to what. It is plain data, so that it can be saved with the world.

/** A time at which a service has something to do. */
export interface Timer {
  readonly at: number
  readonly namespace: string
  readonly account: string
  readonly region: string
  /** What it is about, in the words of the service. A service has one timer for each key in each place. */
  readonly key: string
}

export interface Timers {
  readonly set: (timer: Timer) => void
  readonly cancel: (timer: Omit<Timer, "at">) => void
  /** When the next timer is due; `Infinity` if there is none. */
  readonly next: () => number
  /** Takes the earliest timer that is due at this time. Of those of the same time, the one that was set first. */
  readonly take: (now: number) => Timer | undefined
  /** Calls this when `next` becomes earlier. Returns how to stop. */
  readonly onEarlier: (listener: () => void) => () => void
  readonly clear: () => void
  readonly save: () => ReadonlyMap<string, Timer>
  readonly restore: (saved: ReadonlyMap<string, Timer>) => void
}

const idOf = ({ account, key, namespace, region }: Omit<Timer, "at">) => `${namespace}/${account}/${region}/${key}`

export const makeTimers = (): Timers => {
  let timers = new Map<string, Timer>()
  let first: Timer | undefined
  const listeners = new Set<() => void>()

  const findFirst = () => {
    first = undefined
    for (const timer of timers.values()) if (first === undefined || timer.at < first.at) first = timer
  }

  const cancel = (timer: Omit<Timer, "at">) => {
    const id = idOf(timer)
    const found = timers.get(id)
    timers.delete(id)
    if (found !== undefined && found === first) findFirst()
  }

  return {
    set: (timer) => {
      cancel(timer)
      timers.set(idOf(timer), timer)
      if (first === undefined || timer.at < first.at) {
        first = timer
        for (const listener of listeners) listener()
      }
    },
    cancel,
    next: () => first?.at ?? Infinity,
    take: (now) => {
      const timer = first
      if (timer === undefined || timer.at > now) return undefined
      cancel(timer)
      return timer
    },
    onEarlier: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    clear: () => {
      timers = new Map()
      first = undefined
    },
    save: () => timers,
    restore: (saved) => {
      timers = new Map(saved)
      findFirst()
      for (const listener of listeners) listener()
    }
  }
}
