// The two programs, as jobs over a fleet.
import type { Stream } from "effect"
import { MirrorPlace } from "../fleet-mirror/Workflow.ts"
import type { Tag } from "../fleet-teardown/Leftovers.ts"
import { TearDownPlace } from "../fleet-teardown/Workflow.ts"
import type { Program } from "./Description.ts"
import * as Run from "./Run.ts"

/** Which run it is, and where. */
export interface Options<E = never, R = never> {
  /** The name of the run: the same name joins the same executions. */
  readonly run: string
  readonly targets: Iterable<Run.Target> | Stream.Stream<Run.Target, E, R>
  /** The regions of targets that name none. */
  readonly regions: ReadonlyArray<string>
  readonly concurrency?: number | undefined
  /** How many times faster than AWS the estate is: as `speed` of an in-memory AWS. */
  readonly speed?: number | undefined
}

const common = <E, R>({ run, speed }: Options<E, R>) => ({ run, ...(speed !== undefined && { speed }) })

/** Deletes what has the tag. */
export const tearDown = <E = never, R = never>(
  options: Options<E, R> & { readonly tag: Tag; readonly dryRun: boolean }
) => {
  const { concurrency, dryRun, regions, tag, targets } = options
  return Run.job({
    workflow: TearDownPlace,
    targets,
    regions,
    concurrency,
    payload: ({ accountRegions, place }) => ({
      ...common(options),
      ...place,
      tag,
      dryRun,
      ...(accountRegions !== undefined && { rolesAfter: accountRegions })
    })
  })
}

/** Mirrors every interface of the VPCs that are set up for the cluster, or undoes it. */
export const mirror = <E = never, R = never>(
  options: Options<E, R> & {
    readonly cluster: string
    readonly clusterAccount?: string | undefined
    readonly undo: boolean
  }
) => {
  const { cluster, clusterAccount, concurrency, regions, targets, undo } = options
  return Run.job({
    workflow: MirrorPlace,
    targets,
    regions,
    concurrency,
    payload: ({ place }) => ({
      ...common(options),
      ...place,
      cluster,
      ...(clusterAccount !== undefined && { clusterAccount }),
      undo
    })
  })
}

/** Runs one of the two programs. */
export const events = <E = never, R = never>({ program, ...options }: Options<E, R> & { readonly program: Program }) =>
  program._tag === "TearDown"
    ? Run.events(tearDown({ ...options, ...program }))
    : Run.events(mirror({ ...options, ...program }))
