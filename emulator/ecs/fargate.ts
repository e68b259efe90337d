/**
 * What Fargate has: the sizes of tasks and the platform versions, by AWS's pages "Amazon ECS task definition differences for Fargate" and
 * "Fargate platform versions for Amazon ECS" in November 2026.
 */
import type * as sdk from "@aws-sdk/client-ecs"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"

const GB = 1024
const range = (from: number, to: number, step: number): ReadonlyArray<number> =>
  Array.from({ length: (to - from) / step + 1 }, (_, i) => (from + i * step) * GB)

/** The sizes of memory for each size of CPU. */
export const fargateSizes: ReadonlyMap<number, ReadonlyArray<number>> = new Map([
  [256, [512, GB, 2 * GB]],
  [512, range(1, 4, 1)],
  [1024, range(2, 8, 1)],
  [2048, range(4, 16, 1)],
  [4096, range(8, 30, 1)],
  [8192, range(16, 60, 4)],
  [16_384, range(32, 120, 8)]
])

/** The newest come first. The versions 1.0.0 to 1.2.0 for Linux are retired. */
const versions = { linux: ["1.4.0", "1.3.0"], windows: ["1.0.0"] } as const

const familyOf = ({ runtimePlatform }: sdk.TaskDefinition) => runtimePlatform?.operatingSystemFamily ?? "LINUX"

const versionsOf = (definition: sdk.TaskDefinition): ReadonlyArray<string> =>
  familyOf(definition) === "LINUX" ? versions.linux : versions.windows

/** Fails if there is no such platform version for the task definition. */
export const checkPlatform = (definition: sdk.TaskDefinition, version: string | undefined) =>
  version === undefined || version === "LATEST" || versionsOf(definition).includes(version)
    ? Effect.void
    : Effect.fail(
      new Fault({ code: "PlatformUnknownException", message: "The specified platform version does not exist." })
    )

/** The platform of a task. */
export const platformOf = (
  definition: sdk.TaskDefinition,
  version: string | undefined
): Pick<sdk.Task, "platformFamily" | "platformVersion"> => ({
  // `WINDOWS_SERVER_2022_CORE` is the family `Windows_Server_2022_Core`.
  platformFamily: familyOf(definition).split("_").map((word) => word[0] + word.slice(1).toLowerCase()).join("_"),
  platformVersion: version === undefined || version === "LATEST" ? versionsOf(definition)[0] : version
})
