/** In-memory EC2: who may make volumes of snapshots, and the key of new encrypted volumes. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import { keyOf } from "./devices.ts"
import { combination, fault, invalidValue, oneOf, required } from "./faults.ts"
import { find, snapshots } from "./kinds.ts"
import type { Ec2Handlers } from "./state.ts"

/** The key that AWS manages, until an account chooses another one. */
const AWS_KEY = "alias/aws/ebs"

const attributeOf = Effect.fnUntraced(function*(given: string | undefined) {
  return yield* oneOf(yield* required(given, "attribute"), "attribute", {
    here: ["createVolumePermission", "productCodes"]
  })
})

const named = (permissions: ReadonlyArray<sdk.CreateVolumePermission> = []): ReadonlyArray<string> =>
  permissions.flatMap(({ Group, UserId }) => UserId ?? Group ?? [])

export const handlers: Ec2Handlers = {
  ModifySnapshotAttribute: Effect.fnUntraced(function*(input, state) {
    const { SnapshotId, ...snapshot } = yield* find(state, snapshots, input.SnapshotId, "snapshotId")
    const { CreateVolumePermission, GroupNames = [], OperationType, UserIds = [] } = input
    const attribute = input.Attribute ?? "createVolumePermission"
    if (attribute !== "createVolumePermission") {
      return yield* invalidValue(attribute, "attribute", "Only createVolumePermission can be modified.")
    }
    const listed = [...GroupNames, ...UserIds]
    if (listed.length > 0 && CreateVolumePermission !== undefined) {
      return yield* combination("The parameter createVolumePermission may not be used with userIds or groupNames")
    }
    const operation = listed.length === 0
      ? undefined
      : yield* oneOf(yield* required(OperationType, "operationType"), "operationType", { here: ["add", "remove"] })
    const added = [...named(CreateVolumePermission?.Add), ...(operation === "add" ? listed : [])]
    const gone = [...named(CreateVolumePermission?.Remove), ...(operation === "remove" ? listed : [])]
    if (added.length + gone.length === 0) {
      return yield* fault("InvalidParameterCombination", "No attributes specified.")
    }
    const wrong = [...added, ...gone].find((one) => one !== "all" && !/^\d{12}$/.test(one))
    if (wrong !== undefined) return yield* fault("InvalidUserID.Malformed", `Invalid user id: "${wrong}"`)
    if (added.includes("all") && snapshot.Encrypted === true) {
      return yield* fault("OperationNotPermitted", `Encrypted snapshot ${SnapshotId} can't be made public.`)
    }
    const before = state.sharedSnapshots.get(SnapshotId) ?? []
    state.sharedSnapshots.set(SnapshotId, [...new Set([...before, ...added])].filter((one) => !gone.includes(one)))
    return {}
  }),

  DescribeSnapshotAttribute: Effect.fnUntraced(function*(input, state) {
    const { SnapshotId } = yield* find(state, snapshots, input.SnapshotId, "snapshotId")
    const attribute = yield* attributeOf(input.Attribute)
    const shared = state.sharedSnapshots.get(SnapshotId) ?? []
    return {
      SnapshotId,
      ...(attribute === "productCodes"
        ? { ProductCodes: [] }
        : {
          CreateVolumePermissions: shared.map((one) => one === "all" ? { Group: "all" as const } : { UserId: one })
        })
    }
  }),

  ResetSnapshotAttribute: Effect.fnUntraced(function*(input, state) {
    const { SnapshotId } = yield* find(state, snapshots, input.SnapshotId, "snapshotId")
    const attribute = yield* attributeOf(input.Attribute)
    if (attribute !== "createVolumePermission") {
      return yield* invalidValue(attribute, "attribute", "Only createVolumePermission can be reset.")
    }
    state.sharedSnapshots.delete(SnapshotId)
    return {}
  }),

  GetEbsDefaultKmsKeyId: (_, state) => Effect.sync(() => ({ KmsKeyId: state.defaultKey ?? AWS_KEY })),

  ModifyEbsDefaultKmsKeyId: Effect.fnUntraced(function*(input, state, context) {
    const given = yield* required(input.KmsKeyId, "kmsKeyId")
    state.defaultKey = given === AWS_KEY ? undefined : yield* keyOf(state, context, given)
    return { KmsKeyId: state.defaultKey ?? AWS_KEY }
  }),

  ResetEbsDefaultKmsKeyId: (_, state) =>
    Effect.sync(() => {
      state.defaultKey = undefined
      return { KmsKeyId: AWS_KEY }
    })
}
