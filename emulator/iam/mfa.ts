/** Virtual MFA devices, whose codes are checked. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { lettersId } from "../support/ids.ts"
import { useCodes } from "../support/totp.ts"
import { toSdkUser, userOf } from "./callers.ts"
import { checkQuota } from "./quotas.ts"
import * as Iam from "./state.ts"

export const SerialNumber = { required: true, min: 9, max: 256, pattern: "[\\w+=/:,.@-]+" } as const
const code = { required: true, min: 6, max: 6, pattern: "[\\d]+" } as const
const codes = { AuthenticationCode1: code, AuthenticationCode2: code } as const
const UserName = Iam.rules.name
const { Marker, MaxItems } = Iam.rules.list

/** By how many codes the clock of a device may be off. */
const TOLERANCE = 10

export const findMfaDevice = (state: Iam.State, serial: string) =>
  Effect.fromNullishOr(state.mfaDevices.get(serial)).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`VirtualMFADevice with serial number ${serial} doesn't exist.`))
  )

const devicesOf = ({ mfaDevices }: Iam.State, user: Iam.User): ReadonlyArray<Iam.MfaDevice> =>
  [...mfaDevices.values()].filter(({ enabled }) => enabled?.user === user)

/** Finds a device that is enabled for this user. */
const findOwn = Effect.fnUntraced(function*(state: Iam.State, user: Iam.User, serial: string) {
  const device = devicesOf(state, user).find(({ arn }) => arn === serial)
  return device ??
    (yield* Iam.noSuchEntity(`MFADevice with serial number ${serial} doesn't exist for user ${user.name}.`))
})

/** Checks two codes of a device, which are used up if they are right. */
const checkCodes = Effect.fnUntraced(function*(
  device: Iam.MfaDevice,
  input: { readonly AuthenticationCode1: string; readonly AuthenticationCode2: string }
) {
  const now = yield* Clock.currentTimeMillis
  if (!useCodes(device, now, [input.AuthenticationCode1, input.AuthenticationCode2], TOLERANCE)) {
    return yield* Iam.invalidCode("Authentication code for device is not valid.")
  }
})

const toSdkDevice = ({ arn, enabled }: Iam.MfaDevice): sdk.MFADevice => ({
  UserName: enabled!.user.name,
  SerialNumber: arn,
  EnableDate: enabled!.since
})

export const mfa: Iam.IamHandlers = {
  CreateVirtualMFADevice: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      VirtualMFADeviceName: { required: true, min: 1 },
      Path: Iam.rules.path,
      Tags: Iam.rules.newTags
    })
    const { Path: path = "/", VirtualMFADeviceName: name } = checked
    const arn = Iam.arnOf(context, "mfa", { name, path })
    if (state.mfaDevices.has(arn)) {
      return yield* Iam.alreadyExists("MFADevice entity at the same path and name already exists.")
    }
    const device: Iam.MfaDevice = {
      arn,
      name,
      created: yield* Iam.now,
      seed: lettersId(context, "", 64),
      enabled: undefined,
      usedSteps: [],
      tags: yield* Iam.tags.add([], checked.Tags ?? [])
    }
    state.mfaDevices.set(arn, device)
    return {
      VirtualMFADevice: {
        SerialNumber: arn,
        Base32StringSeed: Buffer.from(device.seed),
        ...Iam.withTags(device.tags)
      }
    }
  }),

  EnableMFADevice: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName, SerialNumber, ...codes })
    const user = yield* Iam.findUser(state, checked.UserName)
    const device = yield* findMfaDevice(state, checked.SerialNumber)
    if (device.enabled !== undefined) {
      return yield* Iam.alreadyExists(`MFADevice ${device.arn} is already in use.`)
    }
    yield* checkQuota("MFADevicesPerUser", devicesOf(state, user).length + 1)
    yield* checkCodes(device, checked)
    device.enabled = { user, since: yield* Iam.now }
    return {}
  }),

  ResyncMFADevice: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName, SerialNumber, ...codes })
    const user = yield* Iam.findUser(state, checked.UserName)
    yield* checkCodes(yield* findOwn(state, user, checked.SerialNumber), checked)
    return {}
  }),

  DeactivateMFADevice: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { UserName: Iam.rules.optionalName, SerialNumber })
    const user = yield* userOf(state, checked.UserName, context)
    const device = yield* findOwn(state, user, checked.SerialNumber)
    device.enabled = undefined
    return {}
  }),

  GetMFADevice: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { SerialNumber, UserName: { min: 1, max: 64 } })
    const { SerialNumber: serial, UserName: name } = checked
    const device = yield* name === undefined
      ? findMfaDevice(state, serial)
      : Effect.flatMap(Iam.findUser(state, name), (user) => findOwn(state, user, serial))
    return { SerialNumber: device.arn, ...(device.enabled !== undefined && toSdkDevice(device)) }
  }),

  ListMFADevices: Effect.fnUntraced(function*(input, state, context) {
    const { UserName: name } = yield* Iam.check(input, { UserName: Iam.rules.optionalName, Marker, MaxItems })
    const devices = devicesOf(state, yield* userOf(state, name, context))
    const [page, next] = yield* Iam.listPage(context, input, devices, ({ arn }) => arn)
    return { MFADevices: page.map(toSdkDevice), ...next }
  }),

  // Without the secrets of the devices, and without their tags.
  ListVirtualMFADevices: Effect.fnUntraced(function*(input, state, context) {
    const { AssignmentStatus = "Any" } = yield* Iam.check(input, {
      AssignmentStatus: { enum: ["Assigned", "Unassigned", "Any"] },
      Marker,
      MaxItems
    })
    const found = [...state.mfaDevices.values()].filter(({ enabled }) =>
      AssignmentStatus === "Any" || (enabled !== undefined) === (AssignmentStatus === "Assigned")
    )
    const [page, next] = yield* Iam.listPage(context, input, found, ({ arn }) => arn)
    return {
      VirtualMFADevices: page.map(({ arn, enabled }) => ({
        SerialNumber: arn,
        ...(enabled !== undefined && { User: toSdkUser(enabled.user), EnableDate: enabled.since })
      })),
      ...next
    }
  }),

  DeleteVirtualMFADevice: Effect.fnUntraced(function*(input, state) {
    const { SerialNumber: serial } = yield* Iam.check(input, { SerialNumber })
    const device = yield* findMfaDevice(state, serial)
    if (device.enabled !== undefined) {
      return yield* Iam.deleteConflict("MFA VirtualDevice in use. Must deactivate first.")
    }
    state.mfaDevices.delete(serial)
    return {}
  })
}
