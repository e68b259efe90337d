/**
 * Buckets and objects of Amazon S3.
 *
 * @since 0.1.0
 */
import { S3Client } from "@aws-sdk/client-s3"
import type { S3Codes } from "../errors/codes/S3.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<S3Client, S3Codes>(S3Client)

/**
 * Sends any command of S3.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of S3 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of S3 that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
