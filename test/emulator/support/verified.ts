import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Request } from "../../../emulator/wire/http.ts"
import { type Options, type Secret, verify } from "../../../emulator/wire/sigv4/verify.ts"
import { identify } from "../../../emulator/wire/wire.ts"
import { services } from "./clients.ts"

/** A request whose signature was right. */
export const verified = (
  request: Request,
  secretOf: (keyId: string) => Secret | undefined,
  now: Date,
  options?: Options
) =>
  Effect.gen(function*() {
    const result = yield* verify(yield* identify(services, request), secretOf, now, options)
    return result ?? assert.fail("The request has no signature.")
  })
