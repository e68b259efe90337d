import * as Results from "../../../src/internal/results.ts"

export const rolloutStates = ["IN_PROGRESS", "COMPLETED", "FAILED"] as const

type RolloutState = typeof rolloutStates[number]

export const isRolloutState = Results.isOneOf(...rolloutStates)

/** The fields of `Ecs.Deployment`. */
interface Deployment {
  readonly id: string
  readonly status: string
  readonly taskDefinition: string
  readonly desiredCount: number
  readonly pendingCount: number
  readonly runningCount: number
  readonly failedTasks: number
  readonly rolloutState?: RolloutState
  readonly rolloutStateReason?: string
  readonly createdAt?: Date
  readonly updatedAt?: Date
}

export const deployments = Results.model<Deployment>("effect-aws-sdk/Ecs/Deployment", {
  id: Results.isText,
  status: Results.isText,
  taskDefinition: Results.isText,
  desiredCount: Results.isWhole,
  pendingCount: Results.isWhole,
  runningCount: Results.isWhole,
  failedTasks: Results.isWhole,
  rolloutState: Results.isAbsentOr(isRolloutState),
  rolloutStateReason: Results.isAbsentOr(Results.isText),
  createdAt: Results.isAbsentOr(Results.isDate),
  updatedAt: Results.isAbsentOr(Results.isDate)
})
