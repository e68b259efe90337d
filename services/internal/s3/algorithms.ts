/**
 * The algorithms of checksums that this library can compute. They stand apart from the digests, so that a program that only
 * reads the names of checksums doesn't bundle these.
 */
export const knownAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5"] as const
