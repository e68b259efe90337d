import { Array, Order, Stream } from "effect"
import { S3 } from "effect-aws-sdk"

const bySize = Order.mapInput(Order.flip(Order.Number), ({ size }: S3.S3Object) => size)

export const largest = (bucket: string, count: number) =>
  S3.listObjects(bucket, { concurrency: 16 }).pipe(
    // Keeps no more than a page and the largest so far, however many objects there are.
    Stream.grouped(1000),
    Stream.runFold((): ReadonlyArray<S3.S3Object> => [], (found, page) =>
      Array.take(Array.sort([...found, ...page], bySize), count))
  )
