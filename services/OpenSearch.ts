/**
 * Domains of Amazon OpenSearch Service.
 *
 * @since 0.1.0
 */
import { OpenSearchClient } from "@aws-sdk/client-opensearch"
import type { OpenSearchCodes } from "../errors/codes/OpenSearch.ts"
import * as AwsService from "../src/AwsService.ts"

const service = AwsService.make<OpenSearchClient, OpenSearchCodes>(OpenSearchClient)

/**
 * Sends any command of OpenSearch.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of OpenSearch that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of OpenSearch that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items
