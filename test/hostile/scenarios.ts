// The steps of a run, and how often each kind is there.
import type { Scenario, Tools } from "./common.ts"
import { copyObject, deleteObjects } from "./copies.ts"
import { downloadDirectory, sync, uploadDirectory } from "./directories.ts"
import { downloadFile, getObject, listObjects, putObject, uploadFile } from "./objects.ts"
import type { Place, Step } from "./steps.ts"

const scenarios: ReadonlyArray<readonly [weight: number, Scenario]> = [
  [4, uploadFile],
  [4, putObject],
  [4, getObject],
  [6, downloadFile],
  [1, listObjects],
  [2, copyObject],
  [1, deleteObjects],
  [2, uploadDirectory],
  [2, downloadDirectory],
  [3, sync]
]

export const stepOf = (place: Place, tools: Tools): Step => {
  const all = scenarios.flatMap(([weight, scenario]) => Array.from({ length: weight }, () => scenario))
  return place.random.pick(all)(place, tools)
}
