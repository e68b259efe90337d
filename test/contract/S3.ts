import { contract } from "./Contract.ts"

export const s3 = contract("S3", {})
