// How an upload is cut into parts.
import * as Effect from "effect/Effect"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { check, concurrencyProblem, refuse } from "./invalid.ts"
import type { PartOptions } from "./options.ts"

const MIB = 2 ** 20
/** In bytes. S3 accepts no smaller part, except for the last one. */
const MIN_PART_SIZE = 5 * MIB
/** In bytes. S3 accepts no larger part, and no larger body of one request. */
const MAX_PART_SIZE = 5 * 2 ** 30
const PART_SIZE = 8 * MIB
/** The most that S3 allows. */
export const MAX_PARTS = 10_000
const CONCURRENCY = 4

/** How many parts of a body of unknown length have one size. Some stores (R2) want parts of one size only. */
const EQUAL_PARTS = 5_000
/** After how many further parts their size doubles. */
const PARTS_PER_SIZE = 500

/** How an upload is cut. */
export interface Cut {
  /** In bytes. */
  readonly partSize: number
  readonly concurrency: number
  /** In bytes. What is not longer is sent in one request. */
  readonly oneRequest: number
}

/** Checks the options before anything is sent. */
export const cutOf = Effect.fnUntraced(function*(
  operation: string,
  { concurrency = CONCURRENCY, partSize = PART_SIZE }: PartOptions
): Effect.fn.Return<Cut, AwsError, AwsClients> {
  if (!Number.isSafeInteger(partSize) || partSize < MIN_PART_SIZE || partSize > MAX_PART_SIZE) {
    return yield* refuse(operation, {
      code: "InvalidPartSize",
      description: `\`partSize\` is ${partSize}, but S3 accepts parts of ${MIN_PART_SIZE} to ${MAX_PART_SIZE} bytes`,
      advice: "Pass a whole number of bytes in this range, or leave it out."
    })
  }
  yield* check(operation, concurrencyProblem(concurrency))
  return {
    partSize,
    concurrency: Math.min(concurrency, MAX_PARTS),
    oneRequest: Math.min(2 * partSize, MAX_PART_SIZE)
  }
})

/** The size of the parts of a body whose length is known: all of them have it, except for the last one. */
export const equalPartSize = (operation: string, { partSize }: Cut, size: number): Effect.Effect<
  number,
  AwsError,
  AwsClients
> => {
  const needed = Math.max(partSize, Math.ceil(size / MAX_PARTS))
  return needed <= MAX_PART_SIZE
    ? Effect.succeed(needed)
    : refuse(operation, {
      code: "BodyTooLarge",
      description:
        `the body has ${size} bytes, more than the ${MAX_PARTS} parts of ${MAX_PART_SIZE} bytes that S3 accepts`,
      advice: "Upload it as several objects."
    })
}

/**
 * The size of a part of a body whose length isn't known, by the number of the part, which starts at 1; `undefined` if S3
 * accepts no further part. With parts of 8 MiB, 39 GiB go in parts of one size, and 6 TiB in all.
 */
export const growingPartSize = ({ partSize }: Cut, number: number): number | undefined =>
  number > MAX_PARTS ? undefined : Math.min(
    partSize * 2 ** Math.max(0, Math.ceil((number - EQUAL_PARTS) / PARTS_PER_SIZE)),
    MAX_PART_SIZE
  )
