// The CRCs that Node doesn't have. A module of its own, so that only a program that needs them loads them, and a bundler drops
// the rest of the library.
import { createCRC32, createCRC64, type IHasher } from "hash-wasm"

/** CRC-32C, by its polynomial in reversed order. */
export const crc32c = (): Promise<IHasher> => createCRC32(0x82f63b78)

/** CRC-64/NVME, by its polynomial in reversed order. */
export const crc64nvme = (): Promise<IHasher> => createCRC64("9a6c9329ac4bc9b5")
