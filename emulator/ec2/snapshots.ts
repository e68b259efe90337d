/** In-memory EC2: snapshots of volumes. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import { type Happening, scheduleHeard } from "./events.ts"
import { fault, oneOf } from "./faults.ts"
import { absent, describe, type Filters } from "./filters.ts"
import { find, snapshots, volumes } from "./kinds.ts"
import { type Ec2Handlers, seconds, type Snapshot, type State, type Volume } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"

/** What AWS answers as the volume of a copy, which is elsewhere. */
export const copiedVolume = "vol-ffffffff"

/** How long a snapshot takes. */
const SNAPSHOT = seconds(60)

/** The snapshot as AWS answers it: without a list of tags when it has none. */
const described = ({ Tags, ...snapshot }: Snapshot): sdk.Snapshot => defined({ ...snapshot, ...tagsIfAny(Tags) })

export const addSnapshot = (state: State, context: HandlerContext, now: number, options: {
  readonly volume: Pick<Volume, "VolumeId" | "Size" | "Encrypted" | "KmsKeyId">
  readonly description: string
  readonly tags: ReadonlyArray<sdk.Tag>
}): Snapshot => {
  const { volume } = options
  const snapshot: Snapshot = {
    SnapshotId: context.id("snap-", 17),
    VolumeId: volume.VolumeId,
    Description: options.description,
    Encrypted: volume.Encrypted === true,
    ...(volume.KmsKeyId !== undefined && { KmsKeyId: volume.KmsKeyId }),
    OwnerId: context.account,
    Progress: "0%",
    StartTime: new Date(now),
    State: "pending",
    StorageTier: "standard",
    TransferType: "standard",
    VolumeSize: volume.Size,
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  state.snapshots.set(snapshot.SnapshotId, snapshot)
  scheduleHeard(state, context, now + context.takes(SNAPSHOT), { kind: "snapshot", id: snapshot.SnapshotId })
  return snapshot
}

/** The snapshot holds everything now. */
export const complete = (state: State, id: string, at: number): ReadonlyArray<Happening> => {
  const snapshot = state.snapshots.get(id)
  if (snapshot?.State !== "pending") return []
  Object.assign(snapshot, {
    State: "completed",
    Progress: "100%",
    CompletionTime: new Date(at),
    // Nothing was ever written to the volume.
    FullSnapshotSizeInBytes: 0
  })
  // Of a copy, which has no volume, the snapshot that it is a copy of isn't known here.
  return snapshot.VolumeId === copiedVolume ? [] : [{ is: "snapshot", snapshot }]
}

const snapshotFilters: Filters<Snapshot> = {
  ...absent("owner-alias"),
  description: (snapshot) => snapshot.Description,
  encrypted: (snapshot) => snapshot.Encrypted,
  "owner-id": (snapshot) => snapshot.OwnerId,
  progress: (snapshot) => snapshot.Progress,
  "snapshot-id": (snapshot) => snapshot.SnapshotId,
  "start-time": (snapshot) => snapshot.StartTime,
  status: (snapshot) => snapshot.State,
  "storage-tier": (snapshot) => snapshot.StorageTier,
  "transfer-type": (snapshot) => snapshot.TransferType,
  "volume-id": (snapshot) => snapshot.VolumeId,
  "volume-size": (snapshot) => snapshot.VolumeSize
}

export const handlers: Ec2Handlers = {
  CreateSnapshot: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const volume = yield* find(state, volumes, input.VolumeId, "volumeId")
    yield* oneOf(input.Location ?? "regional", "location", { here: ["regional"], onAws: ["local"] })
    const tags = yield* newTags(input.TagSpecifications, "snapshot")
    const snapshot = addSnapshot(state, context, now, { volume, description: input.Description ?? "", tags })
    const { StorageTier: _1, TransferType: _2, ...answer } = described(snapshot)
    return { ...answer, Progress: "" }
  }),

  DescribeSnapshots: Effect.fnUntraced(function*(input, state, context) {
    const { OwnerIds = [], RestorableByUserIds = [] } = input
    const isMine = (id: string) => id === "self" || id === context.account
    const [found, NextToken] = yield* describe(state, context, snapshots, {
      input,
      ids: input.SnapshotIds,
      idsName: "snapshotIds",
      filters: input.Filters,
      supported: snapshotFilters,
      // Nobody else has shared a snapshot, and the owner can restore volumes from all.
      where: () =>
        (OwnerIds.length === 0 || OwnerIds.some(isMine)) &&
        (RestorableByUserIds.length === 0 || RestorableByUserIds.some(isMine))
    })
    return { Snapshots: found.map(described), NextToken }
  }),

  DeleteSnapshot: Effect.fnUntraced(function*(input, state) {
    const { SnapshotId } = yield* find(state, snapshots, input.SnapshotId, "snapshotId")
    const image = [...state.images.values()].find(({ BlockDeviceMappings }) =>
      BlockDeviceMappings.some(({ Ebs }) => Ebs?.SnapshotId === SnapshotId)
    )
    if (image !== undefined) {
      return yield* fault(
        "InvalidSnapshot.InUse",
        `The snapshot ${SnapshotId} is currently in use by ${image.ImageId}`
      )
    }
    state.snapshots.delete(SnapshotId)
    state.sharedSnapshots.delete(SnapshotId)
    return {}
  })
}
