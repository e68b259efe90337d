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

interface Waiting {
  readonly id: string
  readonly timer: Timer
  /** The order in which timers were set. */
  readonly order: number
}

const isBefore = (a: Waiting, b: Waiting): boolean =>
  a.timer.at < b.timer.at || (a.timer.at === b.timer.at && a.order < b.order)

export const makeTimers = (): Timers => {
  let timers = new Map<string, Timer>()
  /** A heap: each element is before the two at twice its place. It also has timers that were replaced or cancelled since. */
  let heap: Array<Waiting> = []
  let order = 0
  const listeners = new Set<() => void>()

  const push = (one: Waiting): void => {
    let place = heap.push(one) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!isBefore(one, heap[above]!)) break
      heap[place] = heap[above]!
      place = above
    }
    heap[place] = one
  }

  const pop = (): void => {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let place = 0
    while (true) {
      let below = 2 * place + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++
      if (!isBefore(heap[below]!, last)) break
      heap[place] = heap[below]!
      place = below
    }
    heap[place] = last
  }

  const first = (): Timer | undefined => {
    while (heap.length > 0 && timers.get(heap[0]!.id) !== heap[0]!.timer) pop()
    return heap[0]?.timer
  }

  /** A listener may stop and begin to listen again at once: the list of those to tell doesn't change meanwhile. */
  const tellEarlier = (): void => {
    const told = [...listeners]
    for (const listener of told) listener()
  }

  const fill = (timers: ReadonlyMap<string, Timer>): void => {
    heap = []
    for (const [id, timer] of timers) push({ id, timer, order: order++ })
  }

  return {
    set: (timer) => {
      const id = idOf(timer)
      const next = first()?.at ?? Infinity
      // A timer that is set again is the last of those of its time.
      timers.delete(id)
      timers.set(id, timer)
      push({ id, timer, order: order++ })
      // Timers that are set again and again would otherwise pile up until they are due.
      if (heap.length > 2 * timers.size + 100) fill(timers)
      if (timer.at < next) tellEarlier()
    },
    cancel: (timer) => void timers.delete(idOf(timer)),
    next: () => first()?.at ?? Infinity,
    take: (now) => {
      const timer = first()
      if (timer === undefined || timer.at > now) return undefined
      timers.delete(heap[0]!.id)
      pop()
      return timer
    },
    onEarlier: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    clear: () => {
      timers = new Map()
      heap = []
    },
    save: () => timers,
    restore: (saved) => {
      timers = new Map(saved)
      fill(timers)
      tellEarlier()
    }
  }
}
