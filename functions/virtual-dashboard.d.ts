/** The dashboard's page, as infra/serverless/dashboard-page.mjs builds it into a bundle. */
declare module "virtual:dashboard" {
  /** The whole page, with its script and its style inside. */
  export const html: string;
  /** Its Content-Security-Policy: nothing but that script, that style and the API of this origin. */
  export const policy: string;
  /** Its entity tag, with quotes. */
  export const etag: string;
}
